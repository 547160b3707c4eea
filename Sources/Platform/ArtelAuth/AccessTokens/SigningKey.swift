public import ArtelIdentifiers
import Crypto
public import FoundationEssentials

/// A P-256 key that signs access tokens.
public struct SigningKey: Sendable {
  /// Names the key in the `kid` header of the tokens it signs.
  public let id: Identifier<SigningKey>

  /// The secret scalar: 32 bytes, big-endian.
  public let privateKey: [UInt8]

  /// When the key began to sign; the newest key that is not retired signs.
  public let createdAt: Date

  /// When another key took over; nil while this one signs.
  public var retiredAt: Date?

  /// Makes a key of what is stored.
  ///
  /// The scalar is checked when the key is put to use.
  public init(
    id: Identifier<SigningKey>,
    privateKey: [UInt8],
    createdAt: Date,
    retiredAt: Date? = nil
  ) {
    self.id = id
    self.privateKey = privateKey
    self.createdAt = createdAt
    self.retiredAt = retiredAt
  }

  /// Makes a key out of the system's randomness.
  public static func generate(at now: Date) -> SigningKey {
    SigningKey(
      id: .generate(),
      privateKey: Array(P256.Signing.PrivateKey().rawRepresentation),
      createdAt: now
    )
  }
}

extension SigningKey: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The id alone, so that no log shows the secret.
  public var description: String { "SigningKey(\(id))" }

  /// The id alone, so that no log shows the secret.
  public var debugDescription: String { description }

  /// The id alone, so that no dump shows the secret.
  public var customMirror: Mirror { Mirror(self, children: ["id": id]) }
}
