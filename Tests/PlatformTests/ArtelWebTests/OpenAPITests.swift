import ArtelModel
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ArtelWeb

@Suite("The OpenAPI document")
struct OpenAPITests {
  /// Every kind of member: always there, sometimes absent, sometimes null, empty and full lists.
  private struct Album: JSONResource {
    var title: String?
    var covers: [Int] = []
    var note: String?

    func write(to json: inout JSONWriter) {
      json.object { json in
        json.field("title", title)
        json.field("covers", covers)
        json.field("made_at", Date(timeIntervalSince1970: 0))
        if let note { json.field("note", note) }
      }
    }

    static let schemaName = "Album"
    static let examples = [Album(title: "Snow", covers: [1], note: "cold"), Album()]
  }

  private struct AlbumForm: Form {
    let title: String

    init(_ fields: inout FormReader) {
      title = fields.string("title", .trimmed, .length(2...50))
      _ = fields.optionalString("note", .length(1...10))
      _ = fields.integer("stars", in: 1...5, default: 3)
    }
  }

  private static let create = Operation(.post, "/api/albums", id: "createAlbum", "Makes an album.")
    .takes(AlbumForm.self)
    .answers(.created(Album.self))

  private static let show = Operation(.get, "/api/albums/{id}", id: "getAlbum", "Shows an album.")
    .needs(.member)
    .answers(.json(Page<Album>.self))
    .refuses(.tooManyRequests)
    .revalidated()

  private static let site: TestSite = {
    var site = TestSite { routes in
      routes.add(create) { _, _, form in
        Response.created(Album(title: form.title), at: "/api/albums/1")
      }
      routes.add(show) { _, _ in Response.json(Album()) }
    }
    site.parts.api = APIDescription(title: "Albums", text: "", version: "1")
    return site
  }()

  private static let tree = OpenAPIDocument.tree(
    APIDescription(title: "Albums", text: "", version: "1"),
    [create.description, show.description]
  )

  @Test func `a schema says what the examples write`() {
    #expect(
      ResourceSchema(Album.self).schema == [
        "type": "object",
        "properties": [
          "title": ["type": ["string", "null"]],
          "covers": ["type": "array", "items": ["type": "integer"]],
          "made_at": ["type": "string", "format": "date-time"],
          "note": ["type": "string"],
        ],
        "required": ["title", "covers", "made_at"],
      ]
    )
  }

  @Test func `a form's schema has its rules`() {
    let schema = FieldDescription.objectSchema(of: AlbumForm.fields)
    #expect(schema["required"] == ["title"])
    #expect(schema["properties"]?["title"]?["maxLength"] == 50)
    #expect(schema["properties"]?["title"]?["minLength"] == 2)
    #expect(
      schema["properties"]?["stars"] == [
        "type": "integer", "minimum": 1, "maximum": 5, "default": 3,
      ]
    )
  }

  /// The patterns must admit what the form admits: both are tried on the same texts.
  @Test(arguments: ["", " ", "a", " a", "ab", " a b ", "a\u{0}b", "a\nb", "\tab\n", "\u{7F}ab"])
  func `patterns and checks agree`(text: String) throws {
    let field = try #require(AlbumForm.fields.first)
    let patterns = try #require(field.schema["allOf"])
    guard case .list(let rules) = patterns else {
      Issue.record("no patterns")
      return
    }
    let admitted = try rules.allSatisfy { rule in
      guard case .text(let pattern)? = rule["pattern"] else { return false }
      return try NSRegularExpression(pattern: pattern)
        .firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
    #expect(admitted == ((try? field.accept(text)) != nil))
  }

  @Test func `an operation names its problems with their headers`() {
    let responses = Self.tree["paths"]?["/api/albums/{id}"]?["get"]?["responses"]
    guard case .object(let statuses)? = responses else {
      Issue.record("no responses")
      return
    }
    #expect(statuses.map(\.name) == ["200", "304", "401", "403", "404", "429", "500", "503"])
    #expect(responses?["429"]?["headers"]?["Retry-After"]?["required"] == true)
    #expect(responses?["200"]?["headers"]?["ETag"] != nil)
  }

  @Test func `a resource within another is named, not repeated`() {
    let page = Self.tree["components"]?["schemas"]?["AlbumPage"]
    #expect(page?["properties"]?["items"]?["items"] == ["$ref": "#/components/schemas/Album"])
  }

  @Test func `two forms of one shape are each described whole`() {
    struct AlbumCopyForm: Form {
      init(_ fields: inout FormReader) { _ = AlbumForm(&fields) }
    }
    let copy = Operation(.post, "/api/albums/copies", id: "copyAlbum", "Copies an album.")
      .takes(AlbumCopyForm.self)
    let tree = OpenAPIDocument.tree(
      APIDescription(title: "Albums", text: "", version: "1"),
      [Self.create.description, copy.description]
    )

    let schemas = tree["components"]?["schemas"]
    #expect(schemas?["AlbumForm"]?["required"] == ["title"])
    #expect(schemas?["AlbumCopyForm"]?["required"] == ["title"])
  }

  @Test(arguments: Mode.allCases)
  func `the document is served with a tag`(mode: Mode) async throws {
    try await Self.site.run(mode) { client in
      let document = try await client.execute(uri: "/api/openapi.json", method: .get)
      #expect(document.json("openapi") == "3.1.0")
      let tag = try #require(document.headers[.eTag])
      let again = try await client.execute(
        uri: "/api/openapi.json",
        method: .get,
        headers: [.ifNoneMatch: tag]
      )
      #expect(again.status == .notModified)
    }
  }

  @Test(arguments: Mode.allCases)
  func `a form of the API comes as JSON only`(mode: Mode) async throws {
    try await Self.site.run(mode) { client in
      let form = try await client.execute(
        uri: "/api/albums",
        method: .post,
        headers: [.contentType: "application/x-www-form-urlencoded"],
        body: ByteBuffer(string: "title=Snow")
      )
      #expect(form.status == .unsupportedMediaType)
      let json = try await client.execute(
        uri: "/api/albums",
        method: .post,
        headers: [.contentType: "application/json"],
        body: ByteBuffer(string: #"{"title": "Snow"}"#)
      )
      #expect(json.status == .created)
    }
  }

  @Test func `a guest is refused before the form is read`() async throws {
    let change = Operation(.patch, "/api/albums/{id}", id: "changeAlbum", "Changes an album.")
      .needs(.member)
      .takes(AlbumForm.self)
    let site = TestSite { $0.add(change) { _, _, _ in Response.noContent } }
    try await site.run(.router) { client in
      let answer = try await client.execute(uri: "/api/albums/1", method: .patch)
      #expect(answer.status == .unauthorized)
    }
  }

  /// Fails without the precondition in ``Routes/on(_:method:responder:)``: the process went on.
  @Test func `a route of the API that does not declare itself stops the server`() async {
    await #expect(processExitsWith: .failure) {
      var site = TestSite { $0.get("/api/secret") { _, _ in Response.noContent } }
      site.parts.api = APIDescription(title: "", text: "", version: "1")
      try await site.run(.router) { _ in }
    }
  }
}
