import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// What members think of a post or a comment at one moment, and what the viewer does.
struct Tally: Hashable, Sendable {
  var upvotes = 0
  var downvotes = 0
  /// The viewer's own vote; nil without one, and for guests.
  var vote: VoteType?

  /// Upvotes less downvotes.
  var score: Int { upvotes - downvotes }

  /// The statement that counts the votes on some rows of a table, exactly, with what is not yet folded
  /// into their counters; all of it is read at one moment.
  fileprivate static func counting(
    _ ids: [some PostgresCodable],
    of table: SQL,
    by key: SQL,
    for viewer: MemberID?
  ) -> SQL {
    """
    select things.id, things.upvotes + coalesce(deltas.upvotes, 0),
      things.downvotes + coalesce(deltas.downvotes, 0), votes.type
    from \(table) as things
    left join lateral (
      select sum(upvotes)::bigint as upvotes, sum(downvotes)::bigint as downvotes
      from vote_deltas where \(key) = things.id
    ) as deltas on true
    left join votes on votes.\(key) = things.id and votes.member_id = \(viewer)
    where things.id = any(array(select unnest(\(ids))))
    """
  }

  fileprivate static func read<Key: PostgresCodable>(_ row: PostgresRow) throws -> (Key, Tally) {
    let tally = Tally(
      upvotes: try row.decode(at: 1),
      downvotes: try row.decode(at: 2),
      vote: try row.decode(at: 3)
    )
    return (try row.decode(at: 0), tally)
  }
}

extension Post {
  /// The votes on each post, with the viewer's own.
  static func tally(for viewer: MemberID?) -> Relation<Post, Tally> {
    .toOne({ $0.id }, asking: { counting($0, for: viewer) }, reading: Tally.read)
  }

  /// The statement that ``tally(for:)`` sends.
  static func counting(_ posts: [PostID], for viewer: MemberID?) -> SQL {
    Tally.counting(posts, of: "posts", by: "post_id", for: viewer)
  }
}

extension Comment {
  /// The votes on each comment, with the viewer's own.
  static func tally(for viewer: MemberID?) -> Relation<Comment, Tally> {
    .toOne({ $0.id }, asking: { counting($0, for: viewer) }, reading: Tally.read)
  }

  /// The statement that ``tally(for:)`` sends.
  static func counting(_ comments: [CommentID], for viewer: MemberID?) -> SQL {
    Tally.counting(comments, of: "comments", by: "comment_id", for: viewer)
  }
}

extension Gallery {
  /// The votes on a thing.
  ///
  /// - Throws: `RowNotFound` when it is gone.
  func tally(of target: VoteTarget, for viewer: MemberID?) async throws -> Tally {
    switch target {
    case .post(let id):
      let (_, tally) = try await Post.query.including(Post.tally(for: viewer)).find(id, in: db)
      return tally
    case .comment(let id):
      let (_, tally) = try await Comment.query.including(Comment.tally(for: viewer))
        .find(id, in: db)
      return tally
    }
  }
}

extension Tally: JSONResource {
  static let schemaName = "Tally"

  static let examples = [
    Tally(upvotes: 12, downvotes: 1, vote: .upvote), Tally(),
  ]

  func write(to json: inout JSONWriter) {
    json.object { writeFields(to: &$0) }
  }

  /// Writes the fields into the object of what was voted on.
  func writeFields(to json: inout JSONWriter) {
    json.field("upvotes", upvotes)
    json.field("downvotes", downvotes)
    json.field("vote", vote?.rawValue)
  }
}
