import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
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
