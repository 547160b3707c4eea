/// The name that people read: any script, in one line.
public struct DisplayName: Hashable, Sendable {
  /// Code points a name has after trimming.
  public static let length = 2...100

  /// The letters of a trimmed name as an ECMA-262 regular expression.
  public static let expression =
    #"^[^\u0000-\u001F\u007F-\u009F\u00AD\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF]*$"#

  /// The trimmed name.
  public let text: String

  /// Trims white space off both ends and checks the rest.
  ///
  /// - Throws: ``MemberDetailError``; `malformed` for control characters, line separators, marks
  ///   that turn the direction of the text around and characters that nobody sees.
  public init(_ text: String) throws(MemberDetailError) {
    let name = text.trimmingWhitespace()
    guard name.unicodeScalars.allSatisfy(Self.isAllowed) else { throw .malformed }
    let count = name.unicodeScalars.count
    guard count >= Self.length.lowerBound else {
      throw .tooShort(minimum: Self.length.lowerBound)
    }
    guard count <= Self.length.upperBound else {
      throw .tooLong(maximum: Self.length.upperBound)
    }
    self.text = name
  }

  /// U+200C and U+200D are allowed: many scripts and emoji need them to join letters.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F: false
    case 0xAD, 0x61C, 0x200B, 0x200E, 0x200F, 0xFEFF: false
    case 0x2028...0x202E, 0x2060...0x206F: false
    default: true
    }
  }
}

extension String {
  /// The text without white space at its ends.
  func trimmingWhitespace() -> String {
    let scalars = unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return String(scalars[first...last])
  }
}
