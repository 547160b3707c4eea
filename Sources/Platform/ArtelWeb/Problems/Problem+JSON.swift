import HTTPTypes
import Hummingbird
import NIOCore

extension Problem {
  /// The title and the detail in a language; the reason phrase when the catalog has no text.
  func texts(in language: Language, from strings: StringCatalog) -> (title: String, detail: String?)
  {
    let prefix = "problem." + kind.key
    let title = strings.textIfPresent(prefix + ".title", in: language) ?? kind.status.reasonPhrase
    return (title, detail ?? strings.textIfPresent(prefix + ".detail", in: language))
  }

  /// Answers with `application/problem+json`.
  ///
  /// Source: RFC 9457.
  func jsonResponse(strings: StringCatalog, language: Language, requestID: String?) -> Response {
    let (title, detail) = texts(in: language, from: strings)
    var json = JSONWriter()
    json.object { json in
      json.field("type", kind.type)
      json.field("title", title)
      json.field("status", Int(kind.status.code))
      if let detail { json.field("detail", detail) }
      if let requestID { json.field("request_id", requestID) }
      if !errors.isEmpty {
        json.name("errors")
        json.array { json in
          for error in errors {
            json.object { json in
              json.field("field", error.field)
              json.field("code", error.code.rawValue)
              json.field("message", error.message(in: language, from: strings))
            }
          }
        }
      }
    }
    var response = Response(
      status: kind.status,
      headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes))
    )
    response.headers.append(contentsOf: headers)
    return response
  }
}
