import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// A case as moderators look at it.
struct OpenCase: Sendable {
  let waiting: ModerationCase
  /// The post, or the post that the comment is on; nil when it is gone by now.
  let post: Post?
  /// The cover of that post.
  let cover: ShownPicture?
  let comment: Comment?
  /// Who posted or wrote it.
  let author: Member?
  /// The latest reports on it, at most ``ModerationCase/shownReports``.
  let reports: [Report]

  /// The post, when moderators see it: neither private nor deleted by its author.
  var shownPost: Post? {
    post.flatMap { $0.state == .kept && $0.visibility != .private ? $0 : nil }
  }

  /// The cover of that post.
  var shownCover: ShownPicture? { shownPost == nil ? nil : cover }
}

extension ModerationCase {
  /// How many reports on a thing are shown.
  static let shownReports = 5

  /// The queue: what waits longest first.
  static var queue: Query<ModerationCase> { order { $0.openedAt } }

  /// The statement that finds the latest reports on things that wait.
  fileprivate static func latestReports(on posts: [PostID], _ comments: [CommentID]) -> SQL {
    let limit = SQL(raw: "\(shownReports)")
    return """
      select \(columns: Report.self)
      from (
        select latest.* from unnest(\(posts)) as thing (thing_id) cross join lateral (
          select * from reports where post_id = thing_id and resolved_at is null
          order by created_at desc limit \(limit)
        ) as latest
        union all
        select latest.* from unnest(\(comments)) as thing (thing_id) cross join lateral (
          select * from reports where comment_id = thing_id and resolved_at is null
          order by created_at desc limit \(limit)
        ) as latest
      ) as reports
      order by created_at desc
      """
  }
}

extension Gallery {
  /// One page of the queue; seven statements at most, however long.
  func queue(_ page: PageRequest) async throws -> Page<OpenCase> {
    let cases = try await ModerationCase.queue.including(
      ModerationCase.post,
      ModerationCase.comment
    )
    .page(of: page.limit, after: page.after, in: db)
    guard !cases.items.isEmpty else { return Page(items: [], next: nil) }
    let comments = cases.items.compactMap { $0.2 }
    let places = try await Post.unscoped.where { $0.id.in(comments.map(\.postID)) }.all(in: db)
    let posts = Dictionary(uniqueKeysWithValues: places.map { ($0.id, $0) })
    let authors = try await authors(of: cases.items.compactMap(\.1), comments)
    let reports = try await db.read(
      ModerationCase.latestReports(
        on: cases.items.compactMap(\.0.postID),
        cases.items.compactMap(\.0.commentID)
      )
    ).map { try Report(from: $0, at: 0) }
    let covers = try await covers(of: cases.items.compactMap(\.1) + places)
    return cases.map { waiting, post, comment in
      let post = post ?? comment.flatMap { posts[$0.postID] }
      return OpenCase(
        waiting: waiting,
        post: post,
        cover: post.flatMap { covers[$0.id] },
        comment: comment,
        author: (comment?.authorID ?? post?.authorID).flatMap { authors[$0] },
        reports: reports.filter {
          $0.postID == waiting.postID && $0.commentID == waiting.commentID
        }
      )
    }
  }

  private func covers(of posts: [Post]) async throws -> [PostID: ShownPicture] {
    let pictures = try await Picture.where { $0.id.in(posts.map(\.coverID)) }.all(in: db)
    let covers = Dictionary(uniqueKeysWithValues: pictures.map { ($0.id, $0) })
    let shown = posts.compactMap { post in
      covers[post.coverID].map { (post.id, ShownPicture(picture: $0, post: post)) }
    }
    return Dictionary(shown) { first, _ in first }
  }

  private func authors(
    of posts: [Post],
    _ comments: [Comment]
  ) async throws -> [MemberID: Member] {
    let ids = Array(Set(posts.map(\.authorID) + comments.map(\.authorID)))
    let members = try await Member.where { $0.id.in(ids) }.all(in: db)
    return Dictionary(uniqueKeysWithValues: members.map { ($0.id, $0) })
  }
}
