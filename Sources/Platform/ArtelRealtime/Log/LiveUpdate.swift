public import ArtelWeb

/// What changed, in ids and plain facts, for those who look at it right now.
public struct LiveUpdate: Sendable {
  /// Who is told.
  public let audience: Audience

  /// What happened, such as `post.created`: lower-case words with dots and `_` in between.
  public let kind: String

  /// Ids and plain facts: a JSON object of at most 8 KiB, in text form.
  public let payload: String

  /// Makes an update; `fields` writes the fields of the payload.
  public init(for audience: Audience, _ kind: String, _ fields: (inout JSONWriter) -> Void) {
    self.audience = audience
    self.kind = kind
    var json = JSONWriter(capacity: 128)
    json.object(fields)
    payload = String(decoding: json.bytes, as: UTF8.self)
  }

  /// The text of a field of the payload; nil when there is none.
  public func text(_ field: String) -> String? {
    guard case .object(let fields)? = try? JSONValue(parsing: payload.utf8),
      case .string(let text)? = fields[field]
    else { return nil }
    return text
  }

  init(audience: Audience, kind: String, payload: String) {
    self.audience = audience
    self.kind = kind
    self.payload = payload
  }
}

/// An update with its place in the log.
struct LogEntry: Sendable {
  let point: LogPoint
  let update: LiveUpdate
}
