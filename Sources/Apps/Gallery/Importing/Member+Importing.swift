import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres

extension Member {
  /// Makes sure that Gallery knows accounts before something of them is stored.
  ///
  /// - Returns: Those of them who are here; none departs before the transaction ends.
  static func meet(
    _ members: some Sequence<MemberID>,
    through accounts: some AccountsClient,
    in tx: Transaction
  ) async throws -> Set<MemberID> {
    let ids = Set(members).sorted()
    guard !ids.isEmpty else { return [] }
    let cards = try await accounts.members(ids)
    try await keep(ids.compactMap { cards[$0] }, in: tx)
    let present = try await tx.read(
      """
      select id from members where id = any(array(select unnest(\(ids)))) and departed_at is null
      order by id for key share
      """
    )
    return Set(try present.map { try $0.decode(MemberID.self, at: 0) })
  }
}
