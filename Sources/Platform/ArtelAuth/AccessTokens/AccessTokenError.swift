/// Why an access token was refused, or could not be issued.
public enum AccessTokenError: Error, Hashable, Sendable {
  /// The text is no JWT of ours: parts, encoding, header or claims are wrong.
  case malformed
  /// The header names another algorithm than ES256, or an extension (`crit`).
  case unacceptableAlgorithm
  /// The header names no key of ours, or one that has retired longer ago than a token lives.
  case unknownKey
  /// The signature does not fit.
  case badSignature
  /// The claims name another issuer.
  case wrongIssuer
  /// The token's time is over.
  case expired
  /// The token claims to have been issued more than 60 seconds from now.
  case issuedInFuture
  /// The session was revoked.
  case revoked
  /// There is no key that is not retired, so no token can be issued.
  case noSigningKey
  /// A stored key is not a P-256 scalar.
  case malformedKey
}

extension AccessTokenError: CustomStringConvertible {
  /// Text that is safe to show.
  public var description: String {
    switch self {
    case .malformed: "The access token cannot be read."
    case .unacceptableAlgorithm: "The access token names an algorithm that is not accepted."
    case .unknownKey: "The access token names an unknown key."
    case .badSignature: "The access token's signature does not fit."
    case .wrongIssuer: "The access token was issued elsewhere."
    case .expired: "The access token has expired."
    case .issuedInFuture: "The access token was issued in the future."
    case .revoked: "The session was revoked."
    case .noSigningKey: "There is no key to sign access tokens with."
    case .malformedKey: "A signing key cannot be read."
    }
  }
}
