import AccountsContract
import ArtelModel
import ArtelPostgres
import Foundation

extension Member {
  /// Makes sure that Gallery knows an account before something of it is stored.
  ///
  /// A copy is replaced only by a newer version, and a departed member stays departed.
  ///
  /// - Throws: ``MemberError/departed`` when the account is gone.
  static func meet(
    _ id: MemberID,
    through accounts: some AccountsClient,
    in db: some StatementWriter
  ) async throws {
    guard let card = try await accounts.members([id])[id] else { throw MemberError.departed }
    _ = try await db.write(
      """
      insert into members (id, username, display_name, version)
      values (\(card.id), \(card.username), \(card.displayName), \(card.version))
      on conflict (id) do update
      set username = excluded.username, display_name = excluded.display_name, version = excluded.version
      where members.version < excluded.version and members.departed_at is null
      """
    )
  }
}
