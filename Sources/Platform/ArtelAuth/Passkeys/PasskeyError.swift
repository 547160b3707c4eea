/// Why a passkey is not accepted; for logs, as the caller is told the same for each.
public enum PasskeyError: String, Error, Hashable, Sendable {
  /// The token or the challenge is not ours, not of this browser or purpose, or too old.
  case challenge
  /// The browser answered for another site.
  case origin
  /// What the browser sent cannot be read.
  case malformed
  /// An algorithm that libfido2 does not check.
  case algorithm
  /// The authenticator did not see its owner, or did not make sure who it is.
  case notVerified
  /// The signature is not that of the passkey.
  case signature
}
