import AccountsContract
import ArtelWeb

/// The question in the address of a search.
struct SearchForm: Form {
  /// What was typed; empty before anything was.
  let query: String
  let app: String?
  let kind: String?
  let author: MemberID?
  let page: PageRequest

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
