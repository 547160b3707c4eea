public import ArtelEvents
public import ArtelIdentifiers

/// What a member may think of a post or a comment.
public enum VoteOpinion: String, Codable, Sendable {
  /// They like it.
  case upvote
  /// They do not like it.
  case downvote
}

/// A member voted on a post or a comment, changed their vote, or took it back.
///
/// Source: Gallery, in the transaction that stores it. The votes of a thing that is deleted go with it,
/// which only the thing's own event says.
public struct VoteCast: Event {
  /// Its name for ever.
  public static let name = "gallery.vote.cast"
  /// The version of its JSON.
  public static let version = 1

  /// Whose vote it is.
  public let member: Identifier<AccountsMember>
  /// The post that was voted on; nil for a comment.
  public let post: PostID?
  /// The comment that was voted on; nil for a post.
  public let comment: CommentID?
  /// What the member thinks now; nil when they took their vote back.
  public let opinion: VoteOpinion?

  /// Announces a vote on a post or on a comment.
  public init(
    member: Identifier<AccountsMember>,
    post: PostID? = nil,
    comment: CommentID? = nil,
    opinion: VoteOpinion?
  ) {
    self.member = member
    self.post = post
    self.comment = comment
    self.opinion = opinion
  }

  /// The member and what was voted on, so that changes of a mind come in their order.
  public var aggregate: String {
    "\(member) \(post?.description ?? comment?.description ?? "")"
  }
}
