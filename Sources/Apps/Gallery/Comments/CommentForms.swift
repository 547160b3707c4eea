import ArtelConcurrency
import ArtelWeb

/// What a member says about a post.
struct CommentForm: Form {
  let text: String

  /// Comments of one member: 30 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(30, per: .seconds(600))

  init(_ fields: inout FormReader) {
    text = fields.string("text", .trimmed, .multiline, .length(1...5000))
  }
}

/// What a member changes about a comment; what is absent stays.
struct CommentChangeForm: Form {
  let text: Change<String>

  /// Changes of one member: 60 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(60, per: .seconds(600))

  init(_ fields: inout FormReader) {
    text = fields.stringChange("text", .trimmed, .multiline, .length(1...5000))
  }
}

/// The orders in which comments are listed.
enum CommentOrder: String, CaseIterable, Sendable {
  case oldest
  case newest
  case top
}

/// Which part of the comments somebody asks for, and in which order.
struct CommentListForm: Form {
  var page: PageRequest
  var order: CommentOrder

  init(_ fields: inout FormReader) {
    page = PageRequest(&fields)
    order = fields.choice("order", default: CommentOrder.oldest)
  }
}
