import ArtelWeb

/// Which posts a list is of.
struct PostListForm: Form {
  /// Whose posts a feed is of.
  enum Feed: String, CaseIterable, Sendable {
    /// Everybody's.
    case everybody
    /// Of those whom the caller follows.
    case home
  }

  let feed: Feed
  /// Which part of everybody's posts, and in which order.
  let ranking: FeedForm
  /// The slug of a tag.
  let tag: String?
  /// The id or the username of a member.
  let author: String?

  init(_ fields: inout FormReader) {
    feed = fields.choice("feed", default: .everybody)
    ranking = FeedForm(&fields)
    tag = fields.optionalString("tag", .length(0...220))
    author = fields.optionalString("author", .length(0...50))
  }
}
