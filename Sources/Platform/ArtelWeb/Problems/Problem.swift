public import HTTPTypes

/// Why a request is refused, in a form that is safe to send: an RFC 9457 problem.
///
/// Routes throw it; the pipeline answers with `application/problem+json`, or with the error page
/// when a browser asked for a page. Texts come from the string catalog by the kind's key:
/// `problem.<key>.title` and `problem.<key>.detail`.
public struct Problem: Error, Sendable, Equatable {
  /// A class of problems: the stable `type` of the answer and its status.
  public struct Kind: Sendable, Hashable {
    /// The key of its texts in the string catalog, snake_case.
    public let key: String

    /// The HTTP status.
    public let status: HTTPResponse.Status

    /// Names a kind; an app's own kinds bring their texts under `problem.<key>`.
    public init(_ key: String, status: HTTPResponse.Status) {
      self.key = key
      self.status = status
    }

    /// The `type` member: `/problems/` and the key with dashes.
    public var type: String {
      "/problems/" + key.map { $0 == "_" ? "-" : String($0) }.joined()
    }
  }

  /// What kind of problem it is.
  public var kind: Kind

  /// A text for this occurrence, safe to show; nil takes the kind's own.
  public var detail: String?

  /// What the placeholders of the kind's own text stand for; safe to show.
  public var parameters: [String: String]

  /// What is wrong with each field, in the order of the form.
  public var errors: [FieldError]

  /// Headers to send with the answer, such as `Retry-After`.
  public var headers: HTTPFields

  /// Makes a problem.
  public init(
    _ kind: Kind,
    detail: String? = nil,
    parameters: [String: String] = [:],
    errors: [FieldError] = [],
    headers: HTTPFields = [:]
  ) {
    self.kind = kind
    self.detail = detail
    self.parameters = parameters
    self.errors = errors
    self.headers = headers
  }

  /// The status of the answer.
  public var status: HTTPResponse.Status { kind.status }
}

extension Problem: CustomStringConvertible {
  /// The kind, what is wrong with each field, and the detail; never a field's value.
  public var description: String {
    let fields = errors.map { "\($0.field) \($0.code.rawValue)" }.joined(separator: ", ")
    return [kind.key, fields, detail ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
  }
}
