import Crypto
import FoundationEssentials

/// A key for one purpose, derived from a secret that serves several: hashes what would be found by
/// trying all of it, such as codes of six digits, and encrypts what must be read again.
///
/// Source: RFC 5869 (HKDF with SHA-256), RFC 2104 (HMAC), RFC 8439 (ChaCha20-Poly1305).
public struct SecretKey: Sendable {
  /// Bytes of the secret that keys are derived from.
  public static let secretBytes = 32

  private let key: SymmetricKey

  /// Derives the key for a purpose, a text that never changes.
  public init(_ purpose: String, from secret: [UInt8]) {
    key = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: secret),
      info: Array("artel \(purpose)".utf8),
      outputByteCount: 32
    )
  }

  /// A secret out of the system's randomness.
  public static func generateSecret() -> [UInt8] {
    randomBytes(secretBytes)
  }

  /// Encrypts bytes for an owner: 28 bytes more than there were.
  ///
  /// - Throws: What the cipher throws, which no input of this type makes it do.
  public func seal(_ bytes: [UInt8], for owner: some CustomStringConvertible) throws -> [UInt8] {
    Array(try ChaChaPoly.seal(bytes, using: key, authenticating: Array("\(owner)".utf8)).combined)
  }

  /// Decrypts what was sealed for the same owner; nil for anything else.
  public func open(_ sealed: [UInt8], for owner: some CustomStringConvertible) -> [UInt8]? {
    guard let box = try? ChaChaPoly.SealedBox(combined: sealed),
      let bytes = try? ChaChaPoly.open(box, using: key, authenticating: Array("\(owner)".utf8))
    else { return nil }
    return Array(bytes)
  }

  /// The keyed hash of a text, another one for every purpose or owner: 32 bytes that say nothing without
  /// the key.
  public func hash(_ text: String, for purpose: some CustomStringConvertible) -> [UInt8] {
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
