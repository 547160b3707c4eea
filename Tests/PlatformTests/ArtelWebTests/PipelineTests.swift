import ArtelIdentifiers
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Testing

@testable import ArtelWeb

private struct Unexpected: Error, CustomStringConvertible {
  var description: String { "secret of the server" }
}

private enum PostError: ProblemConvertible {
  case locked

  var problem: Problem { Problem(Problem.Kind("post_locked", status: .conflict)) }
}

@Suite("Every request")
struct PipelineTests {
  private let site = TestSite { routes in
    routes.get("/api/hello") { _, _ in Response.json("hello") }
    routes.get("/api/me") { _, context in Response.json(try context.member().profile?.username) }
    routes.get("/api/admin") { _, context in
      Response.json(try context.administrator(ProofRule(), at: Date()).profile?.username)
    }
    routes.get("/api/posts/{id}") { _, context in
      Response.json(try context.id("id", as: TestPostID.self))
    }
    routes.delete("/api/posts/{id}") { _, _ in Response.noContent }
    routes.get("/api/fault") { _, _ -> Response in throw Unexpected() }
    routes.get("/api/locked") { _, _ -> Response in throw PostError.locked }
    routes.get("/api/language") { _, context in Response.json(context.language.rawValue) }
    routes.get("/me") { _, context in Response.json(try context.member().profile?.username) }
    routes.get("/text/{name}") { _, context in Response.json(try context.text("name")) }
  }

  @Test(arguments: Mode.allCases)
  func `gets an id of its own`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(
        uri: "/api/hello",
        method: .get,
        headers: [.requestID: "caller-0042"]
      )
      #expect(response.headers[.requestID]?.utf8.count == 12)
    }
  }

  // Fails when everybody is believed (the second answer is `caller-0042`) and when nobody is.
  @Test(arguments: [
    ("127.0.0.1", "caller-0042", true), ("10.0.0.0/8", "caller-0042", false),
    ("127.0.0.1", "x", false), ("127.0.0.1", "caller 0042", false),
  ])
  func `keeps a trusted proxy's id, if it is sane`(
    trusted: String,
    id: String,
    isKept: Bool
  ) async throws {
    var site = site
    site.parts.settings.trustedProxies = [try #require(AddressRange(trusted))]
    try await site.run(.live) { client in
      let response = try await client.execute(
        uri: "/api/nothing",
        method: .get,
        headers: [.requestID: id]
      )
      #expect((response.headers[.requestID] == id) == isKept)
      #expect(response.json("request_id") == response.headers[.requestID])
    }
  }

  @Test(arguments: Mode.allCases)
  func `is answered with headers that bind the browser`(mode: Mode) async throws {
    var site = site
    site.parts.site = Site(publicURL: "https://artel.example/")
    try await site.run(mode) { client in
      let response = try await client.execute(uri: "/api/hello", method: .get)

      #expect(response.text == "\"hello\"")
      #expect(response.headers[.xContentTypeOptions] == "nosniff")
      #expect(response.headers[.contentSecurityPolicy]?.hasPrefix("default-src 'none'") == true)
      #expect(response.headers[.strictTransportSecurity]?.hasPrefix("max-age=") == true)
      #expect(response.headers[.cacheControl] == "no-store")
      #expect(response.headers[.server] == nil)
    }
  }

  @Test(arguments: Mode.allCases)
  func `to an unknown address is a problem`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(uri: "/api/nothing", method: .get)

      #expect(response.status == .notFound)
      #expect(response.headers[.contentType] == "application/problem+json")
      #expect(response.json("type") == "/problems/not-found")
      #expect(response.json("status") == "404")
      #expect(response.json("request_id") == response.headers[.requestID])
    }
  }

  @Test(arguments: Mode.allCases)
  func `with the wrong method learns the right ones`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(
        uri: "/api/posts/1?x=y",
        method: .put,
        headers: [.authorization: "Bearer ada"]
      )

      #expect(response.status == .methodNotAllowed)
      #expect(response.headers[.allow] == "DELETE, GET, HEAD")
    }
  }

  @Test(arguments: Mode.allCases)
  func `by HEAD gets the headers alone`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(uri: "/api/hello", method: .head)
      #expect(response.status == .ok)
      #expect(response.headers[.contentLength] == "7")
      #expect(response.body.readableBytes == 0)

      let missing = try await client.execute(uri: "/api/nothing", method: .head)
      #expect(missing.status == .notFound)
      #expect(missing.body.readableBytes == 0)
    }
  }

  @Test(arguments: Mode.allCases)
  func `that fails tells nothing of the inside`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(uri: "/api/fault", method: .get)

      #expect(response.status == .internalServerError)
      #expect(response.json("type") == "/problems/internal")
      #expect(!response.text.contains("secret"))
      #expect(!response.text.contains("Unexpected"))
    }
  }

  @Test(arguments: Mode.allCases)
  func `may be refused by an app's own problem`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let response = try await client.execute(uri: "/api/locked", method: .get)

      #expect(response.status == .conflict)
      #expect(response.json("type") == "/problems/post-locked")
    }
  }

  @Test func `may be refused by a problem the composition root knows`() async throws {
    var site = site
    site.parts.problemMapping = { $0 is Unexpected ? .unavailable : nil }
    try await site.run(.router) { client in
      let response = try await client.execute(uri: "/api/fault", method: .get)

      #expect(response.status == .serviceUnavailable)
      #expect(response.headers[.retryAfter] == "5")
    }
  }

  @Test(arguments: Mode.allCases)
  func `by bearer or cookie is the member's`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let bearer = try await client.execute(
        uri: "/api/me",
        method: .get,
        headers: [.authorization: "Bearer ada"]
      )
      #expect(bearer.text == "\"ada\"")

      let cookie = try await client.execute(
        uri: "/api/me",
        method: .get,
        headers: [.cookie: "a=b; artel_session=ada"]
      )
      #expect(cookie.text == "\"ada\"")
    }
  }

  @Test(arguments: Mode.allCases)
  func `without a member is refused where one is needed`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let guest = try await client.execute(uri: "/api/me", method: .get)
      #expect(guest.status == .unauthorized)
      #expect(guest.headers[.wwwAuthenticate] == "Bearer")

      let stale = try await client.execute(
        uri: "/api/me",
        method: .get,
        headers: [.cookie: "artel_session=old"]
      )
      #expect(stale.status == .unauthorized)

      let member = try await client.execute(
        uri: "/api/admin",
        method: .get,
        headers: [.authorization: "Bearer ada"]
      )
      #expect(member.status == .notFound)
    }
  }

  @Test(arguments: ["Bearer eve", "Basic YTpi", "Bearer", ""])
  func `with a wrong token is refused everywhere`(authorization: String) async throws {
    try await site.run(.router) { client in
      let response = try await client.execute(
        uri: "/api/hello",
        method: .get,
        headers: [.authorization: authorization]
      )

      #expect(response.status == .unauthorized)
      #expect(response.headers[.wwwAuthenticate]?.contains("invalid_token") == true)
    }
  }

  @Test func `with a malformed id finds nothing`() async throws {
    try await site.run(.router) { client in
      let id = TestPostID.generate()
      let right = try await client.execute(uri: "/api/posts/\(id)", method: .get)
      #expect(right.text == "\"\(id)\"")
      let wrong = try await client.execute(uri: "/api/posts/42", method: .get)
      #expect(wrong.status == .notFound)

      let text = try await client.execute(uri: "/text/a%20%D1%8F", method: .get)
      #expect(text.text == "\"a я\"")
      let nul = try await client.execute(uri: "/text/%00", method: .get)
      #expect(nul.status == .notFound)
    }
  }

  @Test func `is answered in the language it asks for`() async throws {
    try await site.run(.router) { client in
      func language(_ headers: HTTPFields) async throws -> String {
        try await client.execute(uri: "/api/language", method: .get, headers: headers).text
      }
      let languages = [
        try await language([:]), try await language([.acceptLanguage: "ru,en;q=0.5"]),
        try await language([.acceptLanguage: "ru", .cookie: "artel_lang=en"]),
      ]
      #expect(languages == ["\"en\"", "\"ru\"", "\"en\""])
    }
  }
}

enum TestPost {}
typealias TestPostID = Identifier<TestPost>
