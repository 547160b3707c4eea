import ArtelTesting
import ArtelWeb
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore

extension TestClientProtocol {
  /// Sends a request of a tus client.
  func tus(
    _ method: HTTPRequest.Method,
    _ path: String,
    as person: CastMember? = Cast.ada,
    _ headers: [String: String] = [:],
    _ piece: [UInt8]? = nil
  ) async throws -> TestResponse {
    var fields: HTTPFields = [:]
    fields["Tus-Resumable"] = "1.0.0"
    if let person { fields[.authorization] = "Bearer \(person.username)" }
    if piece != nil { fields[.contentType] = "application/offset+octet-stream" }
    for (name, value) in headers { fields[name] = value.isEmpty ? nil : value }
    return try await execute(
      uri: path,
      method: method,
      headers: fields,
      body: piece.map { ByteBuffer(bytes: $0) }
    )
  }

  /// Begins an upload; its address.
  func beginUpload(of sizeBytes: Int, as person: CastMember = Cast.ada) async throws -> String {
    let answer = try await tus(
      .post,
      "/api/uploads",
      as: person,
      ["Upload-Length": "\(sizeBytes)"]
    )
    return answer.headers[.location] ?? "\(answer.status)"
  }

  /// Sends the next piece of an upload.
  func append(
    _ piece: some Collection<UInt8>,
    at offset: Int,
    to path: String,
    as person: CastMember = Cast.ada,
    _ headers: [String: String] = [:]
  ) async throws -> TestResponse {
    let headers = headers.merging(["Upload-Offset": "\(offset)"]) { $1 }
    return try await tus(.patch, path, as: person, headers, Array(piece))
  }

  /// Uploads a file as a whole; the id of the upload.
  func upload(_ file: [UInt8], as person: CastMember = Cast.ada) async throws -> String {
    let path = try await beginUpload(of: file.count, as: person)
    _ = try await append(file, at: 0, to: path, as: person)
    return String(path.split(separator: "/").last ?? "")
  }

  /// Publishes what was uploaded.
  func publish(
    upload id: String,
    as person: CastMember = Cast.ada,
    key: String? = nil
  ) async throws -> TestResponse {
    var headers: HTTPFields = [:]
    headers["Idempotency-Key"] = key
    let json = #"{"title": "Tea", "uploads": ["\#(id)"]}"#
    return try await send(.post, "/api/posts", as: person, json: json, headers: headers)
  }
}

extension HTTPFields {
  /// The first value of a header by its name.
  subscript(name: String) -> String? {
    get { HTTPField.Name(name).flatMap { self[$0] } }
    set { if let name = HTTPField.Name(name) { self[name] = newValue } }
  }
}
