import AccountsContract
import ArtelCache
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import Foundation
import GalleryContract

/// What is looked at most: the order of the public posts of the last 30 days by their views.
enum Popularity {
  static let days = 30
  static let shown = 20

  /// Posts are looked through newest first, and no more than so many.
  static let looked = 10_000

  /// Everybody sees the same order for a minute.
  static let namespace = CacheNamespace<String, [PostID]>(
    "popular_posts",
    lifetime: .seconds(60)
  ) { $0.count * MemoryLayout<PostID>.stride }

  /// Some more than are shown, as some may be hidden or deleted within the minute.
  static func ranking(at now: Date) -> SQL {
    """
    select id from (
      select id, views, created_at from posts
      where is_public and created_at > \(now.addingTimeInterval(-86_400 * Double(days)))
      order by created_at desc, id desc limit \(looked)
    ) as recent
    where views > 0
    order by views desc, created_at desc, id desc limit \(2 * shown)
    """
  }
}

extension Gallery {
  /// The public posts of the last 30 days that are looked at most, with their authors and
  /// tags.
  ///
  /// Their order is up to a minute old; whether they may be seen is asked each time. Four statements,
  /// and once a minute a fifth.
  func popularPosts(for viewer: MemberID?) async throws -> [(Post, Member, [Tag], Tally)] {
    let order = try await cache.value(of: "ranking", in: Popularity.namespace) { [db, clock] in
      try await db.read(Popularity.ranking(at: clock.now())).map { try $0.decode(at: 0) }
    }
    guard let order, !order.isEmpty else { return [] }
    return Array(try await shown(order, for: viewer).prefix(Popularity.shown))
  }
}
