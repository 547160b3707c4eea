/// The syntax of `application/x-www-form-urlencoded`.
///
/// Source: WHATWG URL, 5.1.
public enum URLEncoded {
  /// Most fields of one text.
  static let fieldLimit = 1000

  /// The fields in order; nil for a malformed escape, invalid UTF-8, a NUL character, or too many.
  static func fields(of text: some StringProtocol) -> [(name: String, value: String)]? {
    var fields: [(name: String, value: String)] = []
    // Bytes, not characters: a combining mark behind `&` or `=` does not make another character of it.
    for pair in Array(text.utf8).split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(
        separator: UInt8(ascii: "="),
        maxSplits: 1,
        omittingEmptySubsequences: false
      )
      guard fields.count < fieldLimit,
        let name = PercentEncoding.decode(utf8: parts[0], plusIsSpace: true),
        let value = PercentEncoding.decode(utf8: parts.count > 1 ? parts[1] : [], plusIsSpace: true)
      else { return nil }
      fields.append((name, value))
    }
    return fields
  }

  /// The fields as the query of an address, everything but letters, digits and `-._~` escaped.
  public static func text(_ fields: [(name: String, value: String)]) -> String {
    fields.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
      .joined(separator: "&")
  }
}
