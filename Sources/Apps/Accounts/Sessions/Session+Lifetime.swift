public import AccountsContract
import ArtelAuth
import ArtelConcurrency
public import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension Session {
  /// Ends a session before its time; returns false when it had ended already.
  @discardableResult
  static func end(
    _ id: SessionID,
    because reason: SessionEndReason,
    at now: Date,
    in writer: some StatementWriter
  ) async throws -> Bool {
    try await Session.update {
      $0.revokedAt = now
      $0.revokedReason = reason
    }
    .where { $0.id == id && $0.revokedAt == nil }
    .run(in: writer) == 1
  }

  /// Moves the end of the session, as it was used now.
  func keepOpen(at now: Date, in writer: some StatementWriter) async throws {
    try await Session.keepOpen(id, at: now, in: writer)
  }

  /// Moves the end of a session, as it was used now.
  static func keepOpen(
    _ id: SessionID,
    at now: Date,
    in writer: some StatementWriter
  ) async throws {
    try await Session.update {
      $0.lastUsedAt = now
      $0.expiresAt = now + lifetime
    }
    .where { $0.id == id && $0.revokedAt == nil && $0.lastUsedAt < now }
    .run(in: writer)
  }
}

extension Accounts {
  /// How far the clocks of nodes may differ, in seconds: 2 minutes.
  static let clockTolerance: TimeInterval = 120

  /// Signs a member out: the tokens and the cookie of the session are refused from now on.
  func signOut(
    _ session: SessionID,
    of member: MemberID,
    from origin: SessionOrigin
  ) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      guard try await Session.end(session, because: .signedOut, at: now, in: tx) else { return }
      tx.record(
        .sessionEnded,
        by: member,
        about: member,
        from: origin,
        details: ["session": session.description],
        at: now
      )
    }
    forget(session)
  }

  /// Whether a session is known to have ended; answers from memory.
  public func hasEnded(_ session: SessionID) -> Bool {
    tokens.revocations.isRevoked(session)
  }

  /// Refuses what this node still remembers of a session that has ended.
  func forget(_ session: SessionID) {
    tokens.revocations.revoke(session)
  }

  /// Learns which sessions and API tokens were ended lately, by other nodes or before a restart.
  func learnEndedSessions() async throws {
    let since = clock.now() - TimeInterval(tokens.lifetime.components.seconds) - Self.clockTolerance
    let ended = try await db.read(
      """
      select id, revoked_at from sessions where revoked_at > \(since)
      union all
      select id, revoked_at from api_tokens where revoked_at > \(since)
      """
    )
    for row in ended {
      tokens.revocations.revoke(try row.decode(at: 0), at: try row.decode(Date.self, at: 1))
    }
  }
}
