import Crypto

/// A key out of the system's randomness for what would be found by trying all of it, such as codes
/// of six digits: HMAC-SHA-256 under it (RFC 2104).
///
/// What it makes depends on a purpose, so that nothing made for one serves another.
public struct SecretKey: Sendable {
  /// How many bytes it has.
  public static let byteCount = 32

  private let key: SymmetricKey

  /// Takes a stored key; nil unless it has ``byteCount`` bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    key = SymmetricKey(data: bytes)
  }

  /// Bytes for a key that is made now.
  public static func randomSecret() -> [UInt8] { randomBytes(byteCount) }

  /// The keyed hash of a text: 32 bytes.
  public func hash(_ text: String, for purpose: String) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array("\(purpose)\u{0}\(text)".utf8), using: key))
  }

  /// Whether bytes are the keyed hash of a text; takes the same time for any two of one length.
  public func isHash(_ bytes: [UInt8], of text: String, for purpose: String) -> Bool {
    HMAC<SHA256>.isValidAuthenticationCode(
      bytes,
      authenticating: Array("\(purpose)\u{0}\(text)".utf8),
      using: key
    )
  }

  /// Decimal digits that follow from a name, such as `042917`; each is as likely as another.
  public func digits(_ count: Int, of name: String, for purpose: String) -> String {
    let number = hash(name, for: purpose).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    // Of 2⁶⁴ numbers and at most 10⁹ codes: no code is noticeably more likely than another.
    let bound = (0..<count).reduce(UInt64(1)) { product, _ in product * 10 }
    let digits = String(number % bound)
    return String(repeating: "0", count: count - digits.count) + digits
  }
}

extension SecretKey: CustomStringConvertible, CustomReflectable {
  /// A placeholder, so that no log shows the key.
  public var description: String { "SecretKey(hidden)" }
  /// Nothing, so that no dump shows the key.
  public var customMirror: Mirror { Mirror(self, children: []) }
}

extension OpaqueToken {
  /// The token of this kind that follows from a name: the same each time, and nobody's guess
  /// without the key.
  ///
  /// For what is sent later than it is asked for: only the name has to be stored until then.
  public static func derived(
    _ kind: OpaqueTokenKind,
    from name: String,
    by key: SecretKey
  ) -> OpaqueToken {
    OpaqueToken(kind, secret: key.hash(name, for: "token \(kind.prefix)"))
  }
}
