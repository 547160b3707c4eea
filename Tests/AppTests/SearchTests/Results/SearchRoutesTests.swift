import AccountsContract
import ArtelSearch
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Search

@Suite("Searching over HTTP")
struct SearchRoutesTests {
  @Test func `the API answers hits with marks, page by page`() async throws {
    let site = try await TestSearch.make()
    for number in 1...3 { try await site.index(.post("River \(number)", age: Double(number))) }

    try await site.serve { client async throws in
      var found: [String] = []
      var address: String? = "/api/search?q=rivers%20&limit=2"
      while let next = address {
        let answer = try await client.answer(next)
        found += answer.items.map { $0.title.map(\.text).joined() }
        #expect(answer.items.allSatisfy { $0.title[0].text == "River" && $0.title[0].isMatch })
        address = answer.next.map { "/api/search?q=rivers%20&limit=2&after=\($0)" }
      }
      #expect(found == ["River 1", "River 2", "River 3"])
    }
  }

  @Test func `a token shows what is one's own`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River", audience: []))

    try await site.serve { client async throws in
      #expect(try await client.answer("/api/search?q=river").items.isEmpty)
      #expect(try await client.answer("/api/search?q=river", as: Cast.grace).items.isEmpty)
      #expect(try await client.answer("/api/search?q=river", as: Cast.ada).items.count == 1)
    }
  }

  @Test(
    arguments: [
      "", "?q=", "?q=%20", "?q=%27%22%3A*%26%7C", "?q=%F0%9F%98%80", "?app=%27", "?kind=x%20y",
      "?q=a&after=", "?q=\(String(repeating: "a", count: 1000))",
    ]
  )
  func `an odd question gets an empty page`(query: String) async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River"))

    try await site.serve { client async throws in
      #expect(try await client.answer("/api/search\(query)").items.isEmpty)
      let page = try await client.get("/search\(query)")
      #expect(page.status == .ok)
    }
  }

  @Test(
    arguments: [
      ("?q=%00", 400), ("?q=%FF", 400), ("?limit=0", 422), ("?limit=101", 422),
      ("?author=me", 422), ("?q=river&after=AAAAAAAA", 422),
      ("?q=\(String(repeating: "a", count: 1001))", 422),
    ]
  )
  func `a wrong question is refused`(query: String, status: Int) async throws {
    let site = try await TestSearch.make()

    try await site.serve { client async throws in
      #expect(try await client.get("/api/search\(query)").status.code == status)
      #expect(try await client.get("/search\(query)").status.code == status)
    }
  }

  @Test func `the page marks matches and escapes everything`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("<i>River</i> & sea", "By the <script>river</script>"))

    try await site.serve { client async throws in
      let page = String(buffer: try await client.get("/search?q=river&app=gallery").body)
      #expect(page.contains("<mark>River</mark>"))
      #expect(page.contains("&lt;i&gt;"))
      #expect(!page.contains("<i>River"))
      #expect(page.contains("Ada Lovelace"))
      #expect(page.contains(#"name="q" value="river""#))
    }
  }

  // Fails when the page knows the kinds by itself: seen to call the member a picture.
  @Test func `the page names each kind, and offers the apps there are`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River", kind: "post"), .post("Riverside", kind: "member"))

    try await site.serve { client async throws in
      let page = String(buffer: try await client.get("/search?q=river").body)
      #expect(page.contains("#post\"") && page.contains("#member\""))
      #expect(page.contains("<span>Picture</span>") && page.contains("<span>Member</span>"))
      #expect(page.contains("app=gallery"))
      #expect(!page.contains("app=accounts"))
    }
  }

  @Test func `a member is shown by a portrait`() async throws {
    let site = try await TestSearch.make()
    let ada = MemberCard(
      id: Cast.ada.id,
      username: Cast.ada.username,
      displayName: Cast.ada.displayName,
      version: 1
    )
    try await site.index(ada.searchDocument(joinedAt: Date()))

    try await site.serve { client async throws in
      let page = String(buffer: try await client.get("/search?q=ada").body)
      #expect(page.contains(#"class="avatar avatar-hit""#) && page.contains(">AL</span>"))
      #expect(!page.contains("#member\""))
    }
  }

  @Test func `the page of an author lists everything of theirs`() async throws {
    let site = try await TestSearch.make()
    try await site.index(.post("River"), .post("Mill"), .post("Harbor", by: Cast.grace))

    try await site.serve { client async throws in
      let page = String(buffer: try await client.get("/search?author=\(Cast.ada.id)").body)
      #expect(page.contains("River") && page.contains("Mill") && !page.contains("Harbor"))
    }
  }

  @Test func `nothing found is said, with hints`() async throws {
    let site = try await TestSearch.make()

    try await site.serve { client async throws in
      let page = try await client.get("/search?q=river", language: "ru")
      #expect(String(buffer: page.body).contains("Ничего не нашлось"))
    }
  }

  // Fails when each hit asks for its own author: seen to ask five times.
  @Test func `the page asks once for the names of all authors`() async throws {
    let site = try await TestSearch.make()
    for number in 1...3 { try await site.index(.post("River \(number)")) }
    for number in 4...5 { try await site.index(.post("River \(number)", by: Cast.grace)) }

    try await site.serve { client async throws in
      try await expectStatements(atMost: 2, atLeast: 2) {
        _ = try await client.get("/search?q=river")
      }
    }

    #expect(site.questions.all.map { $0.sorted() } == [[Cast.ada.id, Cast.grace.id].sorted()])
  }
}

/// What the API answers.
private struct FoundPage: Decodable {
  struct Item: Decodable {
    struct Part: Decodable {
      let text: String
      let isMatch: Bool
    }

    let app: String
    let kind: String
    let url: String
    let authorId: String?
    let title: [Part]
  }

  let items: [Item]
  let next: String?
}

extension TestClientProtocol {
  fileprivate func get(
    _ path: String,
    as person: CastMember? = nil,
    language: String? = nil
  ) async throws -> TestResponse {
    var headers = HTTPFields()
    if let person { headers[.authorization] = "Bearer \(person.username)" }
    if let language { headers[.cookie] = "artel_lang=\(language)" }
    return try await execute(uri: path, method: .get, headers: headers)
  }

  fileprivate func answer(
    _ path: String,
    as person: CastMember? = nil
  ) async throws -> FoundPage {
    let response = try await get(path, as: person)
    #expect(response.status == .ok)
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(FoundPage.self, from: Data(response.body.readableBytesView))
  }
}
