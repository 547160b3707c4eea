import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelSearch
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// `/api/search`: finding as JSON.
struct SearchRoutes: Sendable {
  let search: Search

  static let list = Operation(
    .get,
    "/api/search",
    id: "search",
    "Finds what the caller may see, the best and freshest first."
  )
  .tagged("Search")
  .explained(
    """
    Words are found in any of their Russian or English forms; the last one may be only the beginning \
    of a word, and slips of the fingers are forgiven. Every word has to occur.
    """
  )
  .needs(.optionalToken(.searchRead))
  .asks(SearchForm.self)
  .limited(to: SearchForm.limit)
  .answers(.json(Page<SearchHit>.self))

  static let operations = [list.description]

  func addRoutes(to routes: Routes) {
    routes.add(Self.list, use: list)
  }

  /// `GET /api/search?q=…&app=&kind=&author=&after=&limit=`: an empty page when nothing is found.
  @Sendable func list(
    _ request: Request,
    _ context: WebContext,
    _ form: SearchForm
  ) async throws -> Response {
    .json(try await search.index.find(form.request(by: context.principal?.memberID)))
  }
}

extension SearchHit: JSONResource {
  static let schemaName = "SearchHit"

  static let examples = [
    example(
      by: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      excerpt: "The \u{E000}river\u{E001} at four in the afternoon."
    ),
    example(by: nil, excerpt: ""),
  ]

  private static func example(by owner: MemberID?, excerpt: String) -> SearchHit {
    let id = DocumentID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27)
    return SearchHit(
      key: SearchDocument.Key(app: "gallery", kind: "post", id: id),
      owner: owner,
      title: MarkedText(headline: "Winter \u{E000}river\u{E001}"),
      excerpt: MarkedText(headline: excerpt),
      url: "/posts/\(id)",
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      score: 0
    )
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("app", key.app)
      json.field("kind", key.kind)
      json.field("id", key.id)
      json.field("author_id", owner)
      json.field("title", title)
      json.field("excerpt", excerpt)
      json.field("url", url)
      json.field("created_at", createdAt)
    }
  }
}

extension MarkedText: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.value(parts)
  }
}

extension MarkedText.Part: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("text", text)
      json.field("is_match", isMatch)
    }
  }
}
