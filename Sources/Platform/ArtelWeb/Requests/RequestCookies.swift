/// The cookies a request carries, found by name without parsing them all.
///
/// Source: RFC 6265, 4.2.
public struct RequestCookies: Sendable, Equatable {
  private var fields: [String] = []

  init() {}

  /// Adds one `Cookie` header.
  mutating func append(_ header: String) {
    fields.append(header)
  }

  /// Whether the request carries no cookie.
  public var isEmpty: Bool { fields.isEmpty }

  /// The value of a cookie; nil when it is absent or empty, the first one when it occurs twice.
  public subscript(_ name: CookieName) -> String? {
    for field in fields {
      for pair in field.utf8.split(separator: UInt8(ascii: ";")) {
        let pair = pair.drop { $0 == 0x20 }
        let wanted = name.rawValue.utf8
        guard pair.count > wanted.count + 1, pair.starts(with: wanted) else { continue }
        let rest = pair.dropFirst(wanted.count)
        guard rest.first == UInt8(ascii: "=") else { continue }
        return String(rest.dropFirst())
      }
    }
    return nil
  }
}

/// The name of a cookie.
public struct CookieName: Sendable, Hashable, ExpressibleByStringLiteral {
  /// The name as it is sent.
  public let rawValue: String

  /// Makes a name of a literal that is a token of RFC 9110.
  public init(stringLiteral value: String) {
    rawValue = value
  }

  /// The opaque session of a browser.
  public static let session: CookieName = "artel_session"
  /// What the cross-site tokens of a guest are bound to.
  public static let crossSite: CookieName = "artel_csrf"
  /// The chosen language.
  public static let language: CookieName = "artel_lang"
  /// The chosen theme.
  public static let theme: CookieName = "artel_theme"
  /// The message for the next page.
  public static let flash: CookieName = "artel_flash"
}
