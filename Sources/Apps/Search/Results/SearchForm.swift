import AccountsContract
import ArtelConcurrency
import ArtelWeb

/// The question in the address of a search.
struct SearchForm: Form {
  /// What was typed; empty before anything was.
  let query: String
  let app: String?
  let kind: String?
  let author: MemberID?
  let page: PageRequest

  /// Searches of one member, or of all guests of a network: 240 in a row, all of them back after a minute.
  ///
  /// Typing asks for suggestions several times a second.
  static let limit = RateLimit(240, per: .seconds(60))

  init(_ fields: inout FormReader) {
    query = fields.string("q", .trimmed, .length(0...1000), default: "")
    app = fields.optionalString("app", .length(0...40))
    kind = fields.optionalString("kind", .length(0...40))
    author = fields.optionalID("author", as: MemberID.self)
    page = PageRequest(&fields)
  }

  /// The request of a reader.
  func request(by reader: MemberID?) -> SearchRequest {
    SearchRequest(
      query: TypedQuery(query),
      reader: reader,
      app: app,
      kind: kind,
      author: author,
      limit: page.limit,
      after: page.after
    )
  }
}
