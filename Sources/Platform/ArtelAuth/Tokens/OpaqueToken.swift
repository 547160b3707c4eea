import Crypto

/// A random secret of 256 bits that its holder shows and the server keeps only as a digest.
///
/// Its text is the prefix of its kind and 43 characters of base64url, such as
/// `artel_rt_Zm9v…`; the prefix lets people and secret scanners tell what leaked. Used for refresh
/// tokens, page sessions, set-up links and links in mails.
public struct OpaqueToken: Sendable {
  /// What is handed to the holder, and never stored or logged.
  public let text: String

  private init(text: String) {
    self.text = text
  }

  /// Makes a token out of the system's randomness.
  public static func generate(_ kind: OpaqueTokenKind) -> OpaqueToken {
    OpaqueToken(kind, secret: randomBytes(secretBytes))
  }

  /// Writes a secret of 32 bytes as a token.
  init(_ kind: OpaqueTokenKind, secret: [UInt8]) {
    self.init(text: kind.prefix + Base64.url.encode(secret))
  }

  /// Reads what a holder showed; nil unless it has the form of a token of this kind.
  ///
  /// A text of the right form is not yet a token somebody was given: look up its ``digest``.
  public init?(_ text: String, _ kind: OpaqueTokenKind) {
    guard text.hasPrefix(kind.prefix),
      let secret = Base64.url.decode(text.dropFirst(kind.prefix.count)),
      secret.count == Self.secretBytes
    else { return nil }
    self.text = text
  }

  /// What is stored: SHA-256 of the whole text.
  ///
  /// A plain digest is enough, as nobody can guess 256 random bits.
  public var digest: TokenDigest {
    TokenDigest(hashing: text)
  }

  private static let secretBytes = 32
}

extension OpaqueToken: CustomStringConvertible, CustomDebugStringConvertible {
  /// A placeholder, so that no log shows the secret.
  public var description: String { "OpaqueToken(hidden)" }

  /// A placeholder, so that no log shows the secret.
  public var debugDescription: String { description }
}

extension OpaqueToken: CustomReflectable {
  /// Nothing, so that no dump shows the secret.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
