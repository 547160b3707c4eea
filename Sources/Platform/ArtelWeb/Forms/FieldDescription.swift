/// What a form declares about one of its fields.
public struct FieldDescription: Sendable {
  /// What kind of value a field holds.
  public enum Kind: Sendable, Equatable {
    /// Text.
    case text
    /// A whole number.
    case integer
    /// True or false.
    case boolean
    /// One of the listed words.
    case choice([String])
    /// The text of a UUID.
    case id
    /// Several texts.
    case textList
  }

  /// The name, snake_case.
  public let name: String
  /// What kind of value it holds.
  public let kind: Kind
  /// Whether the form is refused without it.
  public internal(set) var isRequired = true
  /// Whether `null`, or an empty text, means "no value".
  public internal(set) var isNullable = false
  /// Whether white space at both ends is removed.
  public internal(set) var isTrimmed = false
  /// Whether line breaks are allowed.
  public internal(set) var isMultiline = false
  /// Whether it is never shown again.
  public internal(set) var isSecret = false
  /// Fewest code points of a text.
  public internal(set) var minimumLength: Int?
  /// Most code points of a text.
  public internal(set) var maximumLength: Int?
  /// The form of a text.
  public internal(set) var pattern: FieldPattern?
  /// The range of a number.
  public internal(set) var range: ClosedRange<Int>?
  /// Fewest and most elements of a list.
  public internal(set) var count: ClosedRange<Int>?
  /// The value when it is absent.
  public internal(set) var defaultValue: JSONValue?

  init(_ name: String, _ kind: Kind, _ rules: [TextRule] = []) {
    self.name = name
    self.kind = kind
    for rule in rules {
      rule.apply(&self)
    }
  }

  /// The text as it is kept, or what is wrong with it; `isTyped` says that a program sent it as JSON.
  func accept(_ raw: String, isTyped: Bool = false) throws(FieldError) -> String {
    var text = raw
    if isMultiline {
      text = text.unifyingLineBreaks()
    }
    // Before trimming: the document of the API says the same, and no schema can leave white space out.
    // A line break that browsers count as one character they send as two; programs count what they send.
    let counted = isTyped ? raw : text
    if let maximumLength, counted.unicodeScalars.count > maximumLength {
      throw FieldError(name, .tooLong, parameters: ["max": maximumLength])
    }
    if isTrimmed {
      text = text.trimmingWhitespace()
    }
    guard !text.unicodeScalars.contains(where: isForbidden) else {
      throw FieldError(name, .pattern)
    }
    if let minimumLength, text.unicodeScalars.count < minimumLength {
      throw FieldError(name, .tooShort, parameters: ["min": minimumLength])
    }
    if let pattern, !pattern.matches(text) {
      throw FieldError(name, .pattern, messageKey: "pattern_" + pattern.name)
    }
    return text
  }

  private func isForbidden(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value < 0x20 || scalar.value == 0x7F else { return false }
    return !(isMultiline && (scalar == "\n" || scalar == "\t"))
  }
}

extension String {
  /// The text without white space at its ends.
  func trimmingWhitespace() -> String {
    var text = self[...]
    while let first = text.unicodeScalars.first, first.properties.isWhitespace {
      text.unicodeScalars.removeFirst()
    }
    while let last = text.unicodeScalars.last, last.properties.isWhitespace {
      text.unicodeScalars.removeLast()
    }
    return String(text)
  }

  fileprivate func unifyingLineBreaks() -> String {
    guard utf8.contains(13) else { return self }
    var scalars = String.UnicodeScalarView()
    var previousWasReturn = false
    for scalar in unicodeScalars {
      if scalar == "\r" || !(scalar == "\n" && previousWasReturn) {
        scalars.append(scalar == "\r" ? "\n" : scalar)
      }
      previousWasReturn = scalar == "\r"
    }
    return String(scalars)
  }
}
