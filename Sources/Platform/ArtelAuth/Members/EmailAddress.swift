/// An address for mail and for signing in, unique without case.
///
/// Only mail sent to an address proves it, so the check is light: `name@domain` where the domain
/// has a dot. Names and domains in any script are accepted (RFC 6531); quoted names, comments and
/// addresses in brackets are not.
public struct EmailAddress: Hashable, Sendable {
  /// Most bytes of an address (RFC 5321, section 4.5.3.1.3).
  public static let maximumBytes = 254

  /// The rule for a trimmed address as an ECMA-262 regular expression.
  public static let expression =
    #"^\#(nameLetter)+(\.\#(nameLetter)+)*@\#(label)(\.\#(label))+$"#

  /// The address: trimmed, its domain in lower case.
  public let text: String

  /// Trims white space off both ends and checks the rest.
  ///
  /// - Throws: ``MemberDetailError``.
  public init(_ text: String) throws(MemberDetailError) {
    let address = text.trimmingWhitespace()
    guard address.utf8.count <= Self.maximumBytes else {
      throw .tooLong(maximum: Self.maximumBytes)
    }
    let parts = address.unicodeScalars.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, Self.isName(parts[0]), Self.isDomain(parts[1]) else { throw .malformed }
    self.text = "\(String(parts[0]))@\(String(parts[1]).lowercased())"
  }

  /// The form in which two addresses are compared.
  public var folded: String { text.lowercased() }

  private static func isName(_ name: Substring.UnicodeScalarView) -> Bool {
    name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { word in
      !word.isEmpty && word.allSatisfy { isLetter($0) || symbols.contains($0) }
    }
  }

  private static func isDomain(_ domain: Substring.UnicodeScalarView) -> Bool {
    let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
    return labels.count >= 2
      && labels.allSatisfy { label in
        !label.isEmpty && label.first != "-" && label.last != "-"
          && label.allSatisfy { isLetter($0) || $0 == "-" }
      }
  }

  /// ASCII letters and digits, and everything visible beyond ASCII.
  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "a"..."z", "A"..."Z", "0"..."9": true
    default: scalar.value > 0xA0 && !scalar.properties.isWhitespace
    }
  }

  /// The symbols of `atext` (RFC 5322, section 3.2.3).
  private static let symbols = Set("!#$%&'*+-/=?^_`{|}~".unicodeScalars)

  private static let nameLetter =
    #"[^\u0000-\u0020"(),.:;<>@\[\\\]\u007F-\u00A0\s]"#

  private static let label: String = {
    let edge = #"[^\u0000-\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00A0\s]"#
    let middle = #"[^\u0000-\u002C\u002E\u002F\u003A-\u0040\u005B-\u0060\u007B-\u00A0\s]"#
    return "\(edge)(\(middle)*\(edge))?"
  }()
}
