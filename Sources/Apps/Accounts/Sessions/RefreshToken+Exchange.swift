import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials
import Logging

extension Accounts {
  /// Exchanges a refresh token for the next pair of tokens.
  ///
  /// A token that was exchanged before ends its session, as one of the two who showed it is a
  /// thief.
  ///
  /// - Throws: ``SessionError/refreshTokenRefused``.
  func refresh(_ text: String, from origin: SessionOrigin? = nil) async throws -> TokenPair {
    guard let shown = OpaqueToken(text, .refresh) else { throw SessionError.refreshTokenRefused }
    let now = clock.now()
    let exchange = try await db.transaction { tx in
      try await RefreshToken.exchange(shown, from: origin, at: now, in: tx)
    }
    switch exchange {
    case .renewed(let session, let member, let next):
      return try await pair((member, session, next))
    case .sessionRevoked(let session):
      forget(session)
      logger.notice("A refresh token was used twice.", metadata: ["session": "\(session)"])
    case .refused(let reason):
      logger.debug("A refresh token was refused.", metadata: ["reason": "\(reason.rawValue)"])
    }
    throw SessionError.refreshTokenRefused
  }
}

extension RefreshToken {
  /// What became of a token that was shown.
  ///
  /// A result, not an error: an error would roll back the end of the session.
  enum Exchange: Sendable {
    case renewed(Session, Member, OpaqueToken)
    case sessionRevoked(SessionID)
    case refused(RefreshDecision.Reason)
  }

  /// Locks what is stored about a token, decides, and does it.
  static func exchange(
    _ shown: OpaqueToken,
    from origin: SessionOrigin?,
    at now: Date,
    in tx: Transaction
  ) async throws -> Exchange {
    let digest = Bytea(shown.digest.bytes)
    guard
      let token = try await RefreshToken.where({ $0.digest == digest }).forUpdate().first(in: tx)
    else { return .refused(.unknown) }
    let session = try await Session.query.forUpdate().find(token.sessionID, in: tx)
    let member = try await Member.find(session.memberID, in: tx)

    switch RefreshDecision(for: token.state(session, member), now: now) {
    case .rotate:
      return .renewed(session, member, try await token.rotate(session, at: now, in: tx))
    case .revokeSession:
      try await Session.end(session.id, because: .tokenReused, at: now, in: tx)
      tx.record(
        .refreshTokenReused,
        by: nil,
        about: member.id,
        from: origin,
        details: ["session": session.id.description],
        at: now
      )
      return .sessionRevoked(session.id)
    case .refuse(let reason):
      return .refused(reason)
    }
  }

  private func state(_ session: Session, _ member: Member) -> RefreshTokenState {
    RefreshTokenState(
      expiresAt: expiresAt,
      usedAt: usedAt,
      sessionExpiresAt: session.expiresAt,
      sessionRevokedAt: session.revokedAt,
      isMemberActive: member.isActive
    )
  }

  /// Marks the token used, stores the next one, and moves the end of the session.
  private func rotate(_ session: Session, at now: Date, in tx: Transaction) async throws
    -> OpaqueToken
  {
    let nextID = RefreshTokenID.generate()
    let next = OpaqueToken.generate(.refresh)
    try await RefreshToken.update {
      $0.usedAt = now
      $0.replacedBy = nextID
    }
    .where { $0.id == id }
    .run(in: tx)
    try await tx.insert(RefreshToken(id: nextID, next, of: session, at: now))
    try await session.keepOpen(at: now, in: tx)
    return next
  }
}
