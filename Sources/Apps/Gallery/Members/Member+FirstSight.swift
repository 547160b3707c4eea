import AccountsContract
import ArtelModel
import ArtelPostgres

extension Member {
  /// Makes sure that Gallery knows an account before something of it is stored.
  ///
  /// - Throws: ``MemberError/departed`` when the account is gone.
  static func meet(
    _ id: MemberID,
    through accounts: some AccountsClient,
    in db: some StatementWriter
  ) async throws {
    guard let card = try await accounts.members([id])[id] else { throw MemberError.departed }
    try await keep(card, in: db)
  }
}
