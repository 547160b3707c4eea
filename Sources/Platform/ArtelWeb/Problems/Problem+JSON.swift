import HTTPTypes
import Hummingbird
import NIOCore

extension Problem {
  /// The title and the detail in a language; the reason phrase when the catalog has no text.
  func texts(in language: Language, from strings: StringCatalog) -> (title: String, detail: String?)
  {
    let prefix = "problem." + kind.key
    let title = strings.textIfPresent(prefix + ".title", in: language) ?? kind.status.reasonPhrase
    let own = strings.textIfPresent(prefix + ".detail", in: language, parameters)
    return (title, detail ?? own)
  }

  /// Answers with `application/problem+json`.
  ///
  /// Source: RFC 9457.
  func jsonResponse(strings: StringCatalog, language: Language, requestID: String?) -> Response {
    let (title, detail) = texts(in: language, from: strings)
    var json = JSONWriter()
    json.value(
      ProblemDetails(
        type: kind.type,
        title: title,
        status: Int(kind.status.code),
        detail: detail,
        requestID: requestID,
        errors: errors.map { error in
          ProblemDetails.Field(
            field: error.field,
            code: error.code.rawValue,
            message: error.message(in: language, from: strings)
          )
        }
      )
    )
    var response = Response(
      status: kind.status,
      headers: [.contentType: "application/problem+json", .cacheControl: "no-store"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.bytes))
    )
    response.headers.append(contentsOf: headers)
    return response
  }
}

/// The members of a problem as it is sent.
struct ProblemDetails: JSONResource {
  struct Field {
    let field: String
    let code: String
    let message: String
  }

  let type: String
  let title: String
  let status: Int
  var detail: String?
  var requestID: String?
  var errors: [Field] = []

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("type", type)
      json.field("title", title)
      json.field("status", status)
      if let detail { json.field("detail", detail) }
      if let requestID { json.field("request_id", requestID) }
      if !errors.isEmpty { json.field("errors", errors) }
    }
  }

  static let schemaName = "Problem"

  static let examples = [
    ProblemDetails(
      type: "/problems/validation",
      title: "Please check the form",
      status: 422,
      detail: "Something in it needs another look.",
      requestID: "k3v9q0zt7f2a",
      errors: [Field(field: "username", code: "taken", message: "This is already taken")]
    ),
    ProblemDetails(type: "/problems/not-found", title: "Not found", status: 404),
  ]
}

extension ProblemDetails.Field: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("field", field)
      json.field("code", code)
      json.field("message", message)
    }
  }
}
