import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Session {
  /// The sessions of a member that are open, the youngest first.
  static func open(of member: MemberID, at now: Date) -> Query<Session> {
    Session.where { $0.memberID == member && $0.revokedAt == nil && $0.expiresAt > now }
      .order { $0.id.descending }
  }

  /// Ends those open sessions of a member that a condition names, and returns them.
  static func revoke(
    of member: MemberID,
    where condition: SQL,
    at now: Date,
    in tx: Transaction
  ) async throws -> [SessionID] {
    try await Session.update {
      $0.revokedAt = now
      $0.revokedReason = .revoked
    }
    .where { $0.memberID == member && $0.revokedAt == nil && $0.expiresAt > now }
    .where(condition)
    .returning(in: tx)
    .map(\.id)
  }
}

extension Accounts {
  /// Ends an open session on behalf of its member, from another one.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has no such open session.
  func revoke(_ session: SessionID, of member: MemberID, from origin: SessionOrigin) async throws {
    let ended = try await revoke(where: "id = \(session)", of: member, from: origin)
    guard !ended.isEmpty else { throw Problem.notFound }
  }

  /// Ends all sessions of a member but one.
  ///
  /// - Returns: How many there were.
  @discardableResult
  func revokeAll(
    of member: MemberID,
    but current: SessionID,
    from origin: SessionOrigin
  ) async throws -> Int {
    try await revoke(where: "id <> \(current)", of: member, from: origin).count
  }

  private func revoke(
    where condition: SQL,
    of member: MemberID,
    from origin: SessionOrigin
  ) async throws -> [SessionID] {
    let now = clock.now()
    let ended = try await db.transaction { tx in
      let ended = try await Session.revoke(of: member, where: condition, at: now, in: tx)
      if !ended.isEmpty {
        tx.record(
          .sessionsRevoked,
          by: member,
          about: member,
          from: origin,
          details: ["count": "\(ended.count)"],
          at: now
        )
      }
      return ended
    }
    for session in ended { forget(session) }
    return ended
  }
}

extension Act {
  /// A member ended sessions of their own from another one.
  static let sessionsRevoked = Act("sessions.revoked")
}
