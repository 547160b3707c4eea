/// A column's default as PostgreSQL prints it: `'draft'::post_status`, `now()`, `0`.
struct DefaultExpression {
  private let text: String

  init(_ text: String) {
    self.text = text
  }

  /// The same default in Swift; nil when only the database can compute it.
  func swift(for swiftType: String, _ type: SchemaType) -> String? {
    if text == "now()" || text == "CURRENT_TIMESTAMP" {
      return swiftType == "Date" ? "Date()" : nil
    }
    if text == "gen_random_uuid()" {
      return swiftType.hasSuffix("ID") && swiftType != "UUID" ? ".generate()" : nil
    }
    switch type {
    case .enumeration:
      return literal.map { ".\(SwiftName.escaped(SwiftName.property($0)))" }
    case .array:
      return literal == "{}" || text.hasPrefix("ARRAY[]") ? "[]" : nil
    case .domain(_, over: let base):
      return swift(for: swiftType, base)
    case .named:
      return scalar(for: swiftType)
    }
  }

  private func scalar(for swiftType: String) -> String? {
    switch swiftType {
    case "Bool": text == "true" || text == "false" ? text : nil
    case "Int": number.flatMap { Int($0) }.map(String.init)
    case "Double", "Float", "Decimal": number.flatMap { Double($0) == nil ? nil : $0 }
    case "String": literal.map(quoted)
    case "JSONText": literal.map { "JSONText(\(quoted($0)))" }
    default: nil
    }
  }

  /// The number in `0`, `(-1)`, `'-1'::integer` or `0.5::double precision`.
  private var number: String? {
    if let literal { return literal }
    let bare = text.split(separator: "::").first ?? ""
    return bare.trimming { $0 == "(" || $0 == ")" }
  }

  /// The text in `'It''s'::text`; nil when it is no string literal.
  private var literal: String? {
    guard let match = text.wholeMatch(of: /'((?:[^'\\]|'')*)'(::.+)?/) else { return nil }
    return String(match.1).replacing("''", with: "'")
  }

  private func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      .replacing("\n", with: "\\n")
    return "\"\(escaped)\""
  }
}

extension Substring {
  fileprivate func trimming(_ isTrimmed: (Character) -> Bool) -> String {
    String(drop(while: isTrimmed).reversed().drop(while: isTrimmed).reversed())
  }
}
