/// A rule for the text of a field.
public struct TextRule: Sendable {
  let apply: @Sendable (inout FieldDescription) -> Void

  /// White space at both ends is removed before anything but the greatest length is checked.
  public static let trimmed = TextRule { $0.isTrimmed = true }

  /// Line breaks and tabs are allowed; CRLF and CR become LF.
  ///
  /// Without this rule control characters are refused.
  public static let multiline = TextRule { $0.isMultiline = true }

  /// The text is never shown again, logged or echoed: passwords and tokens.
  public static let secret = TextRule { $0.isSecret = true }

  /// How many Unicode code points the text has: at least so many after trimming, at most so many
  /// before; 0 as lower bound admits an empty text.
  public static func length(_ range: ClosedRange<Int>) -> TextRule {
    TextRule {
      $0.minimumLength = range.lowerBound
      $0.maximumLength = range.upperBound
    }
  }

  /// The form the whole text must have.
  public static func pattern(_ pattern: FieldPattern) -> TextRule {
    TextRule { $0.pattern = pattern }
  }
}

/// The form of a text: a check and its documentation.
public struct FieldPattern: Sendable {
  /// Names the message `field.pattern_<name>`.
  public let name: String

  /// The same as an ECMA-262 regular expression, for documentation and browsers.
  public let expression: String

  /// The `format` in the API's document; default none.
  public let format: String?

  let matches: @Sendable (String) -> Bool

  /// Makes a pattern; `matches` and `expression` must agree.
  public init(
    _ name: String,
    expression: String,
    format: String? = nil,
    matches: @escaping @Sendable (String) -> Bool
  ) {
    self.name = name
    self.expression = expression
    self.format = format
    self.matches = matches
  }

  /// A mail address: something, an `@`, and a host name with a dot; no white space.
  ///
  /// Whether the address exists only a mail can tell, so nothing more is checked.
  public static let email = FieldPattern(
    "email",
    expression: #"^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$"#
  ) { text in
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, !parts[0].isEmpty, !text.contains(where: \.isWhitespace) else {
      return false
    }
    let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
    return labels.count > 1 && labels.allSatisfy { !$0.isEmpty }
  }
}
