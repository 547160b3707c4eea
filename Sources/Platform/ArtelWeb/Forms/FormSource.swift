/// The fields a request sent, before any form has read them.
public struct FormSource: Sendable, Equatable {
  var fields: [String: JSONValue]

  /// Whether the values have types of their own (JSON); otherwise all are text.
  let isTyped: Bool

  /// Whether an empty text is a value, and not what an input that was left alone sends.
  private(set) var isQuery = false

  /// Makes a source of a JSON object's members.
  public init(json members: [String: JSONValue]) {
    fields = members
    isTyped = true
  }

  /// Makes a source of texts, such as those of a multipart body; of a name that occurs twice the
  /// last value counts, and all together make a list.
  public init(texts: [(name: String, value: String)]) {
    fields = [:]
    isTyped = false
    for (name, value) in texts {
      append(value, to: name)
    }
  }

  /// Adds a text.
  public mutating func append(_ value: String, to name: String) {
    if case .array(let values) = fields[name] {
      fields[name] = .array(values + [.string(value)])
    } else {
      fields[name] = .array([.string(value)])
    }
  }

  /// Reads an `application/x-www-form-urlencoded` text.
  ///
  /// - Throws: ``Problem`` of kind `bad_request` for a malformed escape, invalid UTF-8 or a NUL
  ///   character, and for more than 1000 fields. Source: WHATWG URL, 5.1.
  public init(urlencoded text: some StringProtocol) throws {
    guard let fields = URLEncoded.fields(of: text) else {
      throw Problem.badRequest("The form is not valid urlencoded UTF-8 text.")
    }
    self.init(texts: fields)
  }

  /// Reads the query of an address, where `limit=` is as wrong as `limit=x`.
  ///
  /// - Throws: As ``init(urlencoded:)``.
  public init(query: String) throws {
    try self.init(urlencoded: query)
    isQuery = true
  }

  /// The value of a field: for untyped sources the last one as text.
  func value(_ name: String) -> JSONValue? {
    guard !isTyped, case .array(let values) = fields[name] else { return fields[name] }
    return values.last
  }

  /// The values of a list; texts of untyped sources are taken apart at the separator.
  func texts(_ name: String, separatedBy separator: Character?) -> JSONValue? {
    guard !isTyped, let separator, case .array(let values) = fields[name] else {
      return fields[name]
    }
    let texts = values.flatMap { value -> [JSONValue] in
      guard case .string(let text) = value else { return [value] }
      return text.split(separator: separator).map { String($0).trimmingWhitespace() }
        .filter { !$0.isEmpty }
        .map(JSONValue.string)
    }
    return .array(texts)
  }

  /// The text of a field, as it would stand in a page's input.
  func text(_ name: String) -> String? {
    switch value(name) {
    case .string(let text): text
    case .integer(let number): "\(number)"
    case .double(let number): "\(number)"
    case .bool(let flag): flag ? "true" : "false"
    case .null, .array, .object, nil: nil
    }
  }
}
