public import FoundationEssentials

/// What is stored about a refresh token that somebody shows.
public struct RefreshTokenState: Hashable, Sendable {
  /// When the token ends by itself.
  public var expiresAt: Date
  /// When the token was exchanged for another; nil while it was not.
  public var usedAt: Date?
  /// When the token's session ends by itself.
  public var sessionExpiresAt: Date
  /// When the token's session was revoked; nil while it was not.
  public var sessionRevokedAt: Date?
  /// Whether the member may sign in at all.
  public var isMemberActive: Bool

  /// Makes a state out of what the rows say.
  public init(
    expiresAt: Date,
    usedAt: Date?,
    sessionExpiresAt: Date,
    sessionRevokedAt: Date?,
    isMemberActive: Bool
  ) {
    self.expiresAt = expiresAt
    self.usedAt = usedAt
    self.sessionExpiresAt = sessionExpiresAt
    self.sessionRevokedAt = sessionRevokedAt
    self.isMemberActive = isMemberActive
  }
}

/// What to do with a refresh token that somebody shows.
///
/// A client that did not get the answer and sends the same token again looks exactly like a thief
/// who sends a stolen one, so there is no grace: a token shown twice ends the session, and the
/// member signs in again. Clients therefore refresh one request at a time.
///
/// Source: RFC 9700, section 4.14.2 (rotation with reuse detection).
public enum RefreshDecision: Hashable, Sendable {
  /// Mark it used, hand out the next one and a new access token.
  case rotate
  /// Revoke its session with all its tokens: it was used before.
  case revokeSession
  /// Refuse: nobody was given it, it or its session has ended, or the member may not sign in.
  case refuse(Reason)

  /// Why a token is refused; for logs, as the caller is told the same for each.
  public enum Reason: String, Hashable, Sendable {
    /// No such token is stored.
    case unknown
    /// The token, or its session, ended by itself.
    case expired
    /// The session was revoked before.
    case sessionRevoked
    /// The member may not sign in.
    case memberInactive
  }

  /// Decides about a token.
  ///
  /// - Parameters:
  ///   - state: What is stored, read under a row lock; nil when nothing is.
  ///   - now: The present date.
  public init(for state: RefreshTokenState?, now: Date) {
    self =
      if let state {
        // Use before expiry: a token that comes back after its end betrays a theft while it is stored.
        if state.sessionRevokedAt != nil {
          .refuse(.sessionRevoked)
        } else if state.usedAt != nil {
          .revokeSession
        } else if state.expiresAt <= now || state.sessionExpiresAt <= now {
          .refuse(.expired)
        } else if !state.isMemberActive {
          .refuse(.memberInactive)
        } else {
          .rotate
        }
      } else {
        .refuse(.unknown)
      }
  }
}
