import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
public import ArtelRealtime
import ArtelWeb
import GalleryContract

/// What open feeds are told of a post; `docs/api/realtime.md` describes the payloads.
enum FeedNews: String {
  case created = "post.created"
  case changed = "post.changed"
  case hidden = "post.hidden"
  case deleted = "post.deleted"

  /// What a change means to those who look at the feed; nil when they see nothing of it.
  init?(from before: Post, to after: Post) {
    switch (before.isPublic, after.isPublic) {
    case (false, true): self = .created
    case (true, false): self = .hidden
    case (true, true) where before.title != after.title: self = .changed
    default: return nil
    }
  }

  /// Whether it says something that only those may know who see the post.
  var tellsOfContent: Bool { self == .created || self == .changed }
}

extension Gallery {
  /// Its part of realtime: the topic `feed`, open to everybody.
  public var realtime: RealtimeSource {
    RealtimeSource(log: updates, topics: [RealtimeSource.Topic("feed")]) { updates in
      try await mayStillBeTold(updates)
    }
  }

  /// Tells open feeds of a post, once the transaction is committed.
  func tell(_ news: FeedNews, of post: Post, in tx: Transaction) async throws {
    let update = LiveUpdate(for: .topic("feed"), news.rawValue) { json in
      json.field("id", post.id.description)
      guard news.tellsOfContent else { return }
      json.field("title", post.title)
      json.field("created_at", post.createdAt)
    }
    try await updates.publish(update, in: tx)
  }

  /// Which updates may be told of posts that everybody sees at this moment.
  ///
  /// One statement, however many updates; none when nothing of a post's content is told.
  private func mayStillBeTold(_ updates: [LiveUpdate]) async throws -> [Bool] {
    let subjects = updates.map { update -> PostID? in
      guard FeedNews(rawValue: update.kind)?.tellsOfContent ?? true else { return nil }
      return update.text("id").flatMap(PostID.init)
    }
    let ids = subjects.compactMap(\.self)
    guard !ids.isEmpty else { return updates.map { _ in true } }
    let visible: [PostID] = try await Post.query.shownToEverybody.where { $0.id.in(ids) }
      .select { $0.id }.all(in: db)
    return subjects.map { $0.map(visible.contains) ?? true }
  }
}
