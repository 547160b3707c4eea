public import HTTPTypes
public import Hummingbird
import NIOCore

extension Response {
  /// Answers with a JSON value.
  ///
  /// The headers come besides `Content-Type`; without `Cache-Control` the server adds `no-store`.
  @inlinable
  public static func json(
    _ value: some JSONWritable,
    status: HTTPResponse.Status = .ok,
    headers: HTTPFields = [:]
  ) -> Response {
    json(status: status, headers: headers) { $0.value(value) }
  }

  /// Answers with JSON that a closure writes; it must write exactly one value.
  public static func json(
    status: HTTPResponse.Status = .ok,
    headers: HTTPFields = [:],
    _ write: (inout JSONWriter) -> Void
  ) -> Response {
    var json = JSONWriter(capacity: 1024)
    write(&json)
    var fields = headers
    fields.append(HTTPField(name: .contentType, value: "application/json"))
    return Response(
      status: status,
      headers: fields,
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes))
    )
  }

  /// Answers 201 with a JSON value and where it can be found.
  public static func created(_ value: some JSONWritable, at location: String) -> Response {
    json(value, status: .created, headers: [.location: location])
  }

  /// Answers 204 without a body.
  public static var noContent: Response { Response(status: .noContent) }

  /// Answers 303, so that a browser gets another page of this site: the end of every form.
  public static func seeOther(_ path: String) -> Response {
    Response(status: .seeOther, headers: [.location: path])
  }
}
