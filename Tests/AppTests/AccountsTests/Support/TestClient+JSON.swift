import ArtelTesting
import ArtelWeb
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

extension TestClientProtocol {
  /// Sends a request of an API client, through a proxy if an address is given.
  func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    _ fields: [String: String]? = nil,
    token: String? = nil,
    from address: String? = nil
  ) async throws -> TestResponse {
    var headers = HTTPFields()
    headers[.authorization] = token.map { "Bearer \($0)" }
    if let address { headers[.init("X-Forwarded-For")!] = address }
    var body: ByteBuffer?
    if let fields {
      headers[.contentType] = "application/json"
      var json = JSONWriter()
      json.object { json in
        for (name, value) in fields { json.field(named: name, value) }
      }
      body = ByteBuffer(bytes: json.bytes)
    }
    return try await execute(uri: path, method: method, headers: headers, body: body)
  }

  /// Signs in and returns the tokens.
  func signIn(_ person: CastMember) async throws -> (access: String, refresh: String) {
    let answer = try await send(
      .post,
      "/api/sessions",
      ["login": person.username, "password": person.password]
    )
    return (
      try #require(answer.json("access_token")), try #require(answer.json("refresh_token"))
    )
  }
}

extension TestResponse {
  var text: String { String(buffer: body) }

  /// A member of the JSON object in the body, as text.
  func json(_ name: String) -> String? {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView) else {
      return nil
    }
    return switch members[name] {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .bool(let flag): "\(flag)"
    default: nil
    }
  }

  /// The names of the members of the JSON object in the body.
  var jsonNames: Set<String> {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView) else {
      return []
    }
    return Set(members.keys)
  }

  /// What is wrong with each field, as `field code`.
  var fieldErrors: [String] {
    guard case .object(let members)? = try? JSONValue(parsing: body.readableBytesView),
      case .array(let errors)? = members["errors"]
    else { return [] }
    return errors.compactMap { error in
      guard case .object(let error) = error, case .string(let field)? = error["field"],
        case .string(let code)? = error["code"]
      else { return nil }
      return "\(field) \(code)"
    }
  }

  /// The value of a cookie that the answer sets.
  func cookie(_ name: String) -> String? {
    headers[values: .setCookie].first { $0.hasPrefix(name + "=") }
      .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
  }
}
