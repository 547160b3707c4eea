import ArtelTesting
import ArtelWeb
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

/// The body of an upload, part by part.
struct Upload {
  static let boundary = "a-boundary-between-parts"

  var body = ByteBuffer()

  /// A text field.
  func field(_ name: String, _ text: String) -> Upload {
    part(#"name="\#(name)""#, type: nil, Array(text.utf8))
  }

  /// A file under the name `image`, or another one.
  func file(
    _ bytes: [UInt8],
    _ name: String = "image",
    called filename: String = "picture.jpg",
    type: String = "image/jpeg"
  ) -> Upload {
    part(#"name="\#(name)"; filename="\#(filename)""#, type: type, bytes)
  }

  /// The whole body.
  var end: ByteBuffer {
    var body = body
    body.writeString("--\(Self.boundary)--\r\n")
    return body
  }

  private func part(_ disposition: String, type: String?, _ bytes: [UInt8]) -> Upload {
    var upload = self
    upload.body.writeString(
      "--\(Self.boundary)\r\nContent-Disposition: form-data; \(disposition)\r\n"
    )
    if let type { upload.body.writeString("Content-Type: \(type)\r\n") }
    upload.body.writeString("\r\n")
    upload.body.writeBytes(bytes)
    upload.body.writeString("\r\n")
    return upload
  }
}

extension TestClientProtocol {
  /// Sends a request of an API client.
  ///
  /// - Parameter json: The body as JSON text.
  func send(
    _ method: HTTPRequest.Method,
    _ path: String,
    as person: CastMember? = nil,
    json: String? = nil,
    headers: HTTPFields = [:]
  ) async throws -> TestResponse {
    var headers = headers
    if let person { headers[.authorization] = "Bearer \(person.username)" }
    if json != nil { headers[.contentType] = "application/json" }
    return try await execute(
      uri: path,
      method: method,
      headers: headers,
      body: json.map { ByteBuffer(string: $0) }
    )
  }

  /// Publishes with the API.
  func publish(_ upload: Upload, as person: CastMember? = Cast.ada) async throws -> TestResponse {
    var headers: HTTPFields = [
      .contentType: "multipart/form-data; boundary=\(Upload.boundary)"
    ]
    if let person { headers[.authorization] = "Bearer \(person.username)" }
    return try await execute(uri: "/api/posts", method: .post, headers: headers, body: upload.end)
  }
}

extension TestResponse {
  /// The body as text.
  var text: String { String(buffer: body) }

  /// The body as bytes.
  var bytes: [UInt8] { Array(body.readableBytesView) }

  /// The body as JSON.
  var json: JSONValue { (try? JSONValue(parsing: body.readableBytesView)) ?? .null }

  /// What is wrong with each field, as `field code`.
  var fieldErrors: [String] {
    json["errors"].list.map { "\($0["field"].text ?? "?") \($0["code"].text ?? "?")" }
  }
}

extension JSONValue {
  /// A member of an object; null when there is none.
  subscript(name: String) -> JSONValue {
    guard case .object(let members) = self else { return .null }
    return members[name] ?? .null
  }

  /// The names of the members of an object.
  var names: Set<String> {
    guard case .object(let members) = self else { return [] }
    return Set(members.keys)
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var list: [JSONValue] {
    guard case .array(let list) = self else { return [] }
    return list
  }
}
