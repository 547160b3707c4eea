/// A cookie to set; always `Path=/`, and `Secure` when the public address is https.
///
/// Source: RFC 6265, 4.1.
public struct ResponseCookie: Sendable, Equatable {
  /// When a browser sends the cookie with a request that another site caused.
  public enum SameSite: String, Sendable {
    /// Only when a link leads here; the default.
    case lax = "Lax"
    /// Never.
    case strict = "Strict"
  }

  /// The name.
  public var name: CookieName

  /// The value: letters, digits and `-._~` only; anything else is dropped when the cookie is sent.
  public var value: String

  /// How long the browser keeps it, whole seconds; nil until the browser closes.
  public var lifetime: Duration?

  /// Whether JavaScript is kept from reading it; default true.
  public var isHTTPOnly: Bool

  /// When it is sent with requests caused by other sites; default lax.
  public var sameSite: SameSite

  /// Makes a cookie.
  public init(
    _ name: CookieName,
    value: String,
    lifetime: Duration? = nil,
    isHTTPOnly: Bool = true,
    sameSite: SameSite = .lax
  ) {
    self.name = name
    self.value = value
    self.lifetime = lifetime
    self.isHTTPOnly = isHTTPOnly
    self.sameSite = sameSite
  }

  /// A cookie that removes the one of this name.
  public static func expired(_ name: CookieName) -> ResponseCookie {
    ResponseCookie(name, value: "", lifetime: .zero)
  }

  /// The value of the `Set-Cookie` header.
  func headerValue(isSecure: Bool) -> String {
    var text = "\(name.rawValue)=\(value.filter(Self.isSafe)); Path=/"
    if let lifetime { text += "; Max-Age=\(lifetime.components.seconds)" }
    if isSecure { text += "; Secure" }
    if isHTTPOnly { text += "; HttpOnly" }
    text += "; SameSite=\(sameSite.rawValue)"
    return text
  }

  private static func isSafe(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "-._~".contains(character))
  }
}
