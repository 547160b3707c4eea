import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension RecoveryCode {
  /// How many codes a member is given at a time.
  static let setSize = 10

  /// From how many left on the member is told.
  static let lowCount = 3

  static func generateSecrets() -> [RecoverySecret] {
    (0..<setSize).map { _ in RecoverySecret.generate() }
  }

  static func all(of member: MemberID) -> Query<RecoveryCode> {
    RecoveryCode.where { $0.memberID == member }
  }

  /// How many codes a member has left.
  static func left(to member: MemberID, in reader: some StatementReader) async throws -> Int {
    try await all(of: member).where { $0.usedAt == nil }.count(in: reader)
  }

  /// Stores the digests of other codes; those before work no longer.
  static func replace(
    _ codes: [RecoverySecret],
    of member: MemberID,
    _ keys: SecondFactorKeys,
    at now: Date,
    in tx: Transaction
  ) async throws {
    try await all(of: member).delete(in: tx)
    try await tx.insert(
      contentsOf: codes.map { code in
        let digest = Bytea(keys.recovery.hash(code.text, for: member))
        return RecoveryCode(memberID: member, digest: digest, createdAt: now)
      }
    )
  }
}

/// What proved that a member has the second factor.
enum UsedFactor: Sendable {
  case authenticator
  /// A recovery code; so many are left.
  case recoveryCode(left: Int)
}

extension Accounts {
  /// Uses a code of the member's authenticator or a recovery code up; nil when it is wrong or was used
  /// before.
  ///
  /// Each is one conditional update, so of two that show the same code at once one is refused.
  func use(
    _ text: String,
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> UsedFactor? {
    if let code = RecoverySecret(text) {
      return try await use(code, of: member, at: now, in: tx)
    }
    let code = text.filter { $0 != " " }
    let stored = try await TotpSecret.confirmed(of: member).first(in: tx)
    guard let stored, let secret = factorKeys.totp.open(stored.sealed.bytes, for: member),
      let step = TimedCode(secret: secret).step(of: code, at: now)
    else { return nil }
    let accepted = try await TotpSecret.update { $0.lastStep = step }
      .where { $0.memberID == member && $0.lastStep < step }
      .run(in: tx)
    return accepted == 1 ? .authenticator : nil
  }

  private func use(
    _ code: RecoverySecret,
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> UsedFactor? {
    let digest = Bytea(factorKeys.recovery.hash(code.text, for: member))
    let accepted = try await RecoveryCode.update { $0.usedAt = now }
      .where { $0.memberID == member && $0.digest == digest && $0.usedAt == nil }
      .run(in: tx)
    guard accepted == 1 else { return nil }
    return .recoveryCode(left: try await RecoveryCode.left(to: member, in: tx))
  }

  /// Tells the member that few recovery codes are left.
  func announce(codesLeft left: Int, to member: MemberID, at now: Date, in tx: Transaction)
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
