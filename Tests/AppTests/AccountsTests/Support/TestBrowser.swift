import ArtelTesting
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

/// A browser without JavaScript: it keeps cookies and sends forms with the token of their page.
final class TestBrowser: Sendable {
  private let client: any TestClientProtocol
  private let cookies = Mutex<[String: String]>([:])

  init(_ client: any TestClientProtocol) {
    self.client = client
  }

  func cookie(_ name: String) -> String? {
    cookies.withLock { $0[name] }
  }

  func setCookie(_ name: String, _ value: String) {
    cookies.withLock { $0[name] = value }
  }

  func get(_ path: String) async throws -> TestResponse {
    try await send(.get, path, headers: [.accept: "text/html"])
  }

  /// Opens `page`, fills in the form and sends it to `action`.
  func submit(
    _ fields: [String: String],
    from page: String,
    to action: String? = nil
  ) async throws -> TestResponse {
    let html = try await get(page).text
    let token = try #require(html.firstMatch(of: /name="csrf_token" value="([^"]+)"/)?.1)
    let pairs = (fields.map { ($0.key, $0.value) } + [("csrf_token", String(token))]).map {
      "\($0)=\(Self.encoded($1))"
    }
    return try await send(
      .post,
      action ?? String(page.prefix { $0 != "?" }),
      headers: [.accept: "text/html", .contentType: "application/x-www-form-urlencoded"],
      body: ByteBuffer(string: pairs.joined(separator: "&"))
    )
  }

  /// Sends a body as it is.
  func send(_ body: ByteBuffer, type: String, to path: String) async throws -> TestResponse {
    try await send(.post, path, headers: [.accept: "text/html", .contentType: type], body: body)
  }

  private func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    headers: HTTPFields,
    body: ByteBuffer? = nil
  ) async throws -> TestResponse {
    var headers = headers
    let pairs = cookies.withLock { $0.map { "\($0)=\($1)" } }
    if !pairs.isEmpty { headers[.cookie] = pairs.joined(separator: "; ") }
    let answer = try await client.execute(
      uri: path,
      method: method,
      headers: headers,
      body: body
    )
    for line in answer.headers[values: .setCookie] {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
      let isExpired = line.contains("Max-Age=0")
      cookies.withLock { $0[String(pair[0])] = isExpired || pair.count < 2 ? nil : String(pair[1]) }
    }
    return answer
  }

  private static func encoded(_ text: String) -> String {
    text.utf8.map { byte in
      let digits = String(byte, radix: 16)
      return "%" + (digits.count == 1 ? "0" : "") + digits
    }
    .joined()
  }
}

extension TestBrowser {
  /// A browser in which somebody of the cast is signed in.
  static func signedIn(
    _ person: CastMember,
    _ client: any TestClientProtocol,
    cookies: [String: String] = [:]
  ) async throws -> TestBrowser {
    let browser = TestBrowser(client)
    for (name, value) in cookies { browser.setCookie(name, value) }
    _ = try await browser.submit(
      ["login": person.username, "password": person.password],
      from: "/sign-in"
    )
    return browser
  }
}
