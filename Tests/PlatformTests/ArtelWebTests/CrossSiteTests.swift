import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import ArtelWeb

private struct AnyForm: Form {
  let name: String

  init(_ fields: inout FormReader) {
    name = fields.string("name", .length(0...100))
  }
}

@Suite("Forgery by another site")
struct CrossSiteTests {
  private let formType = "application/x-www-form-urlencoded"

  private let site = TestSite { routes in
    routes.get("/form") { _, context in Response.json(context.crossSiteToken) }
    routes.post("/form") { request, _ in
      Response.json(try await request.form(AnyForm.self).name)
    }
    routes.post("/upload") { request, _ in
      var bytes = 0
      let fields = try await request.multipart { file in
        for try await chunk in file { bytes += chunk.readableBytes }
      }
      return Response.json("\(try AnyForm.read(from: fields).name) \(bytes)")
    }
    routes.post("/api/form") { request, _ in
      Response.json(try await request.form(AnyForm.self).name)
    }
  }

  /// The token of a page and the cookies of the browser that got it.
  private func page(
    _ client: any TestClientProtocol,
    cookie: String? = nil
  ) async throws -> (token: String, cookie: String) {
    var headers = HTTPFields()
    headers[.cookie] = cookie
    let response = try await client.execute(uri: "/form", method: .get, headers: headers)
    let token = response.text.replacing("\"", with: "")
    let made = response.headers[.setCookie]?.prefix { $0 != ";" }
    return (token, cookie ?? made.map(String.init) ?? "")
  }

  private func post(
    _ client: any TestClientProtocol,
    _ uri: String = "/form",
    cookie: String,
    body: String = "name=x",
    _ more: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.cookie: cookie, .contentType: formType]
    for field in more { headers[field.name] = field.value }
    return try await client.execute(
      uri: uri,
      method: .post,
      headers: headers,
      body: ByteBuffer(string: body)
    )
  }

  @Test(arguments: Mode.allCases, [nil, "artel_session=ada"])
  func `is told from a form of ours`(mode: Mode, cookie: String?) async throws {
    try await site.run(mode) { client in
      let (token, cookie) = try await page(client, cookie: cookie)

      let ours = try await post(
        client,
        cookie: cookie,
        body: "csrf_token=\(token)&name=ada",
        [.origin: "http://localhost", .secFetchSite: "same-origin"]
      )
      #expect(ours.text == "\"ada\"")

      let fetched = try await post(client, cookie: cookie, [.crossSiteToken: token])
      #expect(fetched.text == "\"x\"")
    }
  }

  @Test(arguments: [nil, "artel_session=ada"])
  func `is refused`(cookie: String?) async throws {
    try await site.run(.router) { client in
      let (token, cookie) = try await page(client, cookie: cookie)
      let right = "csrf_token=\(token)&name=x"
      let attempts = [
        try await post(client, cookie: cookie),
        try await post(client, cookie: cookie, body: "csrf_token=&name=x"),
        try await post(client, cookie: cookie, body: "csrf_token=\(token)x"),
        try await post(client, cookie: "", body: right),
        try await post(client, cookie: cookie, body: right, [.origin: "http://evil.example"]),
        try await post(client, cookie: cookie, body: right, [.origin: "null"]),
        try await post(client, cookie: cookie, body: right, [.secFetchSite: "cross-site"]),
        try await post(client, cookie: cookie, body: right, [.secFetchSite: "same-site"]),
        try await post(client, cookie: cookie, [.crossSiteToken: "wrong"]),
        try await post(client, cookie: cookie, body: "{}", [.contentType: "application/json"]),
        try await post(client, cookie: cookie, body: "name=x", [.contentType: "text/plain"]),
      ]
      for (index, attempt) in attempts.enumerated() {
        #expect(attempt.status == .forbidden, "attempt \(index)")
        #expect(attempt.json("type") == "/problems/csrf", "attempt \(index)")
      }
    }
  }

  @Test func `cannot use the token of a guest for a member`() async throws {
    try await site.run(.router) { client in
      let (token, cookie) = try await page(client)

      let response = try await post(
        client,
        cookie: "\(cookie); artel_session=ada",
        body: "csrf_token=\(token)"
      )

      #expect(response.status == .forbidden)
    }
  }

  @Test(arguments: Mode.allCases)
  func `is told from an upload of ours without losing a byte`(mode: Mode) async throws {
    try await site.run(mode) { client in
      let (token, cookie) = try await page(client)
      func body(_ token: String) -> String {
        "--b\r\nContent-Disposition: form-data; name=\"csrf_token\"\r\n\r\n\(token)\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nada\r\n"
          + "--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\n"
          + String(repeating: "y", count: 100_000) + "\r\n--b--\r\n"
      }
      let type: HTTPFields = [.contentType: "multipart/form-data; boundary=b"]

      let ours = try await post(client, "/upload", cookie: cookie, body: body(token), type)
      #expect(ours.text == "\"ada 100000\"")

      let forged = try await post(client, "/upload", cookie: cookie, body: body("x"), type)
      #expect(forged.status == .forbidden)
    }
  }

  @Test func `is no danger to bearer tokens, but to cookies in the API`() async throws {
    try await site.run(.router) { client in
      let session = "artel_session=ada"
      let bearer = try await post(
        client,
        "/api/form",
        cookie: "",
        [.authorization: "Bearer ada", .origin: "http://other.example"]
      )
      #expect(bearer.status == .ok)

      let guest = try await post(client, "/api/form", cookie: "")
      #expect(guest.status == .ok)

      #expect(try await post(client, "/api/form", cookie: session).status == .forbidden)
      #expect(
        try await post(client, "/api/form", cookie: session, [.origin: "http://localhost"]).status
          == .ok
      )
      #expect(
        try await post(client, "/api/form", cookie: session, [.secFetchSite: "same-origin"]).status
          == .ok
      )
      #expect(
        try await post(client, "/api/form", cookie: session, [.origin: "http://evil.example"])
          .status == .forbidden
      )
    }
  }
}
