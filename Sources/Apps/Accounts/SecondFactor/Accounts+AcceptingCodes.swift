import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// What a code that somebody showed is worth.
private enum ShownCode: Sendable {
  /// Of the authenticator, and for the first time.
  case authenticator
  /// A recovery code; so many are left.
  case recoveryCode(left: Int)
  /// Right, but shown before, or older than one that was.
  case usedBefore
  case wrong
}

extension Accounts {
  /// Uses a code of the member's authenticator or a recovery code up, and tells the member and the
  /// system log what they have to know of it: of recovery codes, and of codes that are shown again.
  ///
  /// Each is one conditional update, so of two that show the same code at once one is refused.
  ///
  /// - Parameters:
  ///   - code: As it was typed.
  ///   - member: Whose code it has to be.
  ///   - actor: Who shows it; nil while nobody is signed in.
  ///   - origin: From where.
  ///   - keepsCodes: Whether the recovery codes that are left stay; only then the member is told when they
  ///     are few. Default true.
  ///   - now: The time.
  ///   - tx: The caller's transaction.
  /// - Returns: Whether the code was right and new. When not, the transaction has to end well all the
  ///   same, or nobody is told.
  /// - Throws: `PostgresError`.
  func accept(
    _ code: String,
    of member: Member,
    by actor: MemberID?,
    from origin: SessionOrigin,
    keepsCodes: Bool = true,
    at now: Date,
    in tx: Transaction
  ) async throws -> Bool {
    switch try await use(code, of: member.id, at: now, in: tx) {
    case .authenticator:
      return true
    case .recoveryCode(let left):
      if keepsCodes { try await announce(codesLeft: left, to: member.id, at: now, in: tx) }
      tx.record(
        .recoveryCodeUsed,
        by: member.id,
        about: member.id,
        from: origin,
        details: ["left": "\(left)"],
        at: now
      )
      return true
    case .usedBefore:
      tx.record(.codeReused, by: actor, about: member.id, from: origin, at: now)
      if limits.mayTellOfReuse(to: member.id) {
        try await warn(member, of: .codeReused, as: .codeReused, from: origin, at: now, in: tx)
      }
      return false
    case .wrong:
      return false
    }
  }

  private func use(
    _ text: String,
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> ShownCode {
    if let code = RecoverySecret(text) {
      return try await use(code, of: member, at: now, in: tx)
    }
    let code = text.filter { $0 != " " }
    let stored = try await TotpSecret.confirmed(of: member).first(in: tx)
    guard let stored, let secret = factorKeys.totp.open(stored.sealed.bytes, for: member),
      let step = TimedCode(secret: secret).step(of: code, at: now)
    else { return .wrong }
    let accepted = try await TotpSecret.update { $0.lastStep = step }
      .where { $0.memberID == member && $0.lastStep < step }
      .run(in: tx)
    return accepted == 1 ? .authenticator : .usedBefore
  }

  private func use(
    _ code: RecoverySecret,
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> ShownCode {
    let digest = Bytea(factorKeys.recovery.hash(code.text, for: member))
    let accepted = try await RecoveryCode.update { $0.usedAt = now }
      .where { $0.memberID == member && $0.digest == digest && $0.usedAt == nil }
      .run(in: tx)
    guard accepted == 1 else {
      let known = RecoveryCode.where { $0.memberID == member && $0.digest == digest }
      return try await known.exists(in: tx) ? .usedBefore : .wrong
    }
    return .recoveryCode(left: try await RecoveryCode.left(to: member, in: tx))
  }

  /// Tells the member that few recovery codes are left.
  private func announce(codesLeft left: Int, to member: MemberID, at now: Date, in tx: Transaction)
    async throws
  {
    guard left <= RecoveryCode.lowCount else { return }
    let notice = Notice(
      memberID: member,
      app: Accounts.context,
      kind: NoticeKind.recoveryCodesLow.name,
      facts: JSONText(["left": .number(left)]),
      createdAt: now
    )
    try await give(notice, in: tx)
  }
}

extension NoticeKind {
  /// Few recovery codes are left.
  static let recoveryCodesLow = NoticeKind(
    "recovery_codes.low",
    icon: "key",
    link: "/settings/two-factor"
  )
}
