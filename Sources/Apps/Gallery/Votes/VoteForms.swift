import ArtelConcurrency
import ArtelWeb

/// What a member thinks of a post or a comment.
struct VoteForm: Form {
  let type: VoteType

  /// Votes of one member: 300 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(300, per: .seconds(600))

  init(_ fields: inout FormReader) {
    type = fields.choice("type")
  }
}

/// What a button of a page says: pressed again, it takes the vote back.
struct VoteButtonForm: Form {
  enum Wish: String, CaseIterable, Sendable {
    case upvote
    case downvote
    case none
  }

  let type: Wish

  init(_ fields: inout FormReader) {
    type = fields.choice("type")
  }
}
