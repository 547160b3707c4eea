import Crypto
import FoundationEssentials

/// A key for one purpose, derived from a secret that serves several.
///
/// Source: RFC 5869 (HKDF with SHA-256), RFC 8439 (ChaCha20-Poly1305).
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

  /// A keyed digest of a text of an owner: 32 bytes that say nothing without the key.
  public func digest(of text: String, for owner: some CustomStringConvertible) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array("\(owner) \(text)".utf8), using: key))
  }
}

extension SecretKey: CustomStringConvertible, CustomReflectable {
  /// A placeholder, so that no log shows the secret.
  public var description: String { "SecretKey(hidden)" }

  /// Nothing, so that no dump shows the secret.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
