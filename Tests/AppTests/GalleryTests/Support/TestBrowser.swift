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
  private let cookies: Mutex<[String: String]>

  /// - Parameters:
  ///   - person: Who is signed in; nil for a guest.
  ///   - language: The language chosen on the site, `en` or `ru`.
  init(_ client: any TestClientProtocol, as person: CastMember? = nil, language: String? = nil) {
    self.client = client
    var cookies: [String: String] = [:]
    cookies["artel_session"] = person?.username
    cookies["artel_lang"] = language
    self.cookies = Mutex(cookies)
  }

  func get(_ path: String) async throws -> TestResponse {
    try await send(.get, path)
  }

  /// Opens `page` and sends its form to `action`, by default the same address.
  func submit(
    _ fields: [String: String] = [:],
    from page: String,
    to action: String? = nil
  ) async throws -> TestResponse {
    var pairs = fields
    pairs["csrf_token"] = try await token(of: page)
    return try await submit(withoutToken: pairs, to: action ?? page)
  }

  /// Sends a form as another site would have it sent.
  func submit(
    withoutToken fields: [String: String],
    to action: String
  ) async throws -> TestResponse {
    let text = fields.map { "\($0)=\(Self.escaped($1))" }.joined(separator: "&")
    return try await send(
      .post,
      action,
      type: "application/x-www-form-urlencoded",
      ByteBuffer(string: text)
    )
  }

  /// Sends the form of the upload page, or of another one that takes pictures.
  func upload(
    _ picture: [UInt8]?,
    _ fields: [String: String] = [:],
    to page: String = "/upload"
  ) async throws -> TestResponse {
    var form = Upload().field("csrf_token", try await token(of: page))
    // An input without a choice is sent as a file without a name.
    form = form.file(picture ?? [], called: picture == nil ? "" : "picture.jpg")
    for (name, text) in fields { form = form.field(name, text) }
    let type = "multipart/form-data; boundary=\(Upload.boundary)"
    return try await send(.post, page, type: type, form.end)
  }

  private func token(of page: String) async throws -> String {
    let html = try await get(page).text
    return try #require(
      html.firstMatch(of: /name="csrf_token" value="([^"]+)"/).map { String($0.1) }
    )
  }

  private func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    type: String? = nil,
    _ body: ByteBuffer? = nil
  ) async throws -> TestResponse {
    var headers: HTTPFields = [.accept: "text/html"]
    headers[.contentType] = type
    let pairs = cookies.withLock { $0.map { "\($0)=\($1)" } }
    if !pairs.isEmpty { headers[.cookie] = pairs.joined(separator: "; ") }
    let answer = try await client.execute(uri: path, method: method, headers: headers, body: body)
    for line in answer.headers[values: .setCookie] {
      let pair = line.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
      guard let name = pair.first else { continue }
      cookies.withLock { $0[String(name)] = pair.count < 2 ? nil : String(pair[1]) }
    }
    return answer
  }

  private static func escaped(_ text: String) -> String {
    text.utf8.map { byte in
      byte < 16 ? "%0" + String(byte, radix: 16) : "%" + String(byte, radix: 16)
    }
    .joined()
  }
}
