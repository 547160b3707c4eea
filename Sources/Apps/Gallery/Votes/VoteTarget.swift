import AccountsContract
import ArtelModel
import ArtelPostgres
import GalleryContract

/// What a vote or a report is on.
enum VoteTarget: Hashable, Sendable {
  case post(PostID)
  case comment(CommentID)

  /// The post; nil for a comment.
  var post: PostID? {
    guard case .post(let id) = self else { return nil }
    return id
  }

  /// The comment; nil for a post.
  var comment: CommentID? {
    guard case .comment(let id) = self else { return nil }
    return id
  }

  /// Its id, whatever it is of.
  var uuid: SQL {
    switch self {
    case .post(let id): "\(id)"
    case .comment(let id): "\(id)"
    }
  }

  /// The address of its page, or of what is done to it.
  var path: String {
    switch self {
    case .post(let id): "/posts/\(id)"
    case .comment(let id): "/comments/\(id)"
    }
  }

  /// The column that names it.
  var column: SQL {
    switch self {
    case .post: "post_id"
    case .comment: "comment_id"
    }
  }

  /// Whose it is.
  ///
  /// - Throws: `RowNotFound` when the viewer may not see it.
  func author(for viewer: MemberID, in db: some StatementReader) async throws -> MemberID {
    switch self {
    case .post(let id): try await Post.query.visible(to: viewer).find(id, in: db).authorID
    case .comment(let id): try await Comment.query.visible(to: viewer).find(id, in: db).authorID
    }
  }
}
