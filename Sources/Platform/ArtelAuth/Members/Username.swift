/// A name for signing in and for addresses, unique without case.
///
/// 3 to 50 ASCII letters, digits, `_`, `-` and `.`; starts with a letter or digit; `-` and `.`
/// stand single and between others. One alphabet, so that nobody poses as another member with
/// look-alike letters; no `@` and no `+`, so that a login is never both a username and an e-mail
/// address or telephone number.
public struct Username: Hashable, Sendable {
  /// Characters a username has.
  public static let length = 3...50

  /// The rule as an ECMA-262 regular expression.
  public static let expression = "^[A-Za-z0-9][A-Za-z0-9_]*([.-][A-Za-z0-9_]+)*$"

  /// The name as its owner typed it.
  public let text: String

  /// Checks `text`, which is not trimmed.
  ///
  /// - Throws: ``MemberDetailError``; ``MemberDetailError/reserved`` for names such as `admin`.
  public init(_ text: String) throws(MemberDetailError) {
    let letters = Array(text.utf8)
    guard letters.allSatisfy(Self.isAllowed) else { throw .malformed }
    guard letters.count >= Self.length.lowerBound else {
      throw .tooShort(minimum: Self.length.lowerBound)
    }
    guard letters.count <= Self.length.upperBound else {
      throw .tooLong(maximum: Self.length.upperBound)
    }
    let edges = [letters.first, letters.last].compactMap { $0 }
    let neighbors = zip(letters, letters.dropFirst())
    guard letters.first != UInt8(ascii: "_"), !edges.contains(where: Self.isSeparator),
      !neighbors.contains(where: { Self.isSeparator($0) && Self.isSeparator($1) })
    else { throw .malformed }
    guard !Self.reserved.contains(text.lowercased()) else { throw .reserved }
    self.text = text
  }

  /// The form in which two names are compared.
  public var folded: String { text.lowercased() }

  /// Names that addresses need or that would pass for the people who run the server.
  public static let reserved: Set<String> = [
    "about", "account", "accounts", "admin", "administrator", "anonymous", "api", "artel", "assets",
    "everyone", "guest", "health", "help", "info", "login", "logout", "mail", "me", "member",
    "members", "moderator", "nobody", "null", "official", "pictures", "postmaster", "posts",
    "preferences", "root", "search", "security", "settings", "setup", "sign-in", "sign-out",
    "sign-up", "signin", "signout", "signup", "staff", "static", "support", "system", "undefined",
    "upload", "uploads", "webmaster", "www",
  ]

  private static func isAllowed(_ letter: UInt8) -> Bool {
    switch letter {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: isSeparator(letter)
    }
  }

  private static func isSeparator(_ letter: UInt8) -> Bool {
    letter == UInt8(ascii: ".") || letter == UInt8(ascii: "-")
  }
}
