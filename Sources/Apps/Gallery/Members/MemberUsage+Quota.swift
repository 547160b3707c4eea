import AccountsContract
import ArtelEvents
import ArtelModel
import ArtelPostgres

extension MemberUsage {
  /// How many bytes a member stores; 0 for one who has stored nothing.
  static func bytes(of member: MemberID, in db: some StatementReader) async throws -> Int {
    let usage = try await MemberUsage.where { $0.memberID == member }.first(in: db)
    return usage?.usedBytes ?? 0
  }

  /// Counts what a member stores from now on.
  ///
  /// Other transactions that store something of the same member wait until this one ends, so call it
  /// last; together they never pass the limit.
  ///
  /// Tells the member, once, when it is nearly as much as they may store.
  ///
  /// - Throws: ``QuotaError/exceeded`` when the sum would be more than `limit`.
  static func add(
    _ bytes: Int,
    to member: MemberID,
    limit: Int,
    in tx: Transaction
  ) async throws {
    let counted = try await tx.write(
      """
      insert into member_usages as usage (member_id, used_bytes)
      select \(member), \(bytes) where \(bytes) <= \(limit)
      on conflict (member_id) do update set used_bytes = usage.used_bytes + excluded.used_bytes
      where usage.used_bytes + excluded.used_bytes <= \(limit)
      returning used_bytes
      """
    )
    guard let row = counted.first else { throw QuotaError.exceeded }
    let used = try row.decode(Int.self, at: 0)
    if isNearlyFull(used, of: limit), !isNearlyFull(used - bytes, of: limit) {
      try await tx.publish(
        NoticeRequested<Gallery>(
          of: .storageNearlyFull,
          to: member,
          ["used": .number(used), "quota": .number(limit)]
        )
      )
    }
  }

  /// Whether more than 90 percent are taken.
  static func isNearlyFull(_ bytes: Int, of limit: Int) -> Bool {
    bytes > limit - limit / 10
  }

  /// Stops counting what a member has deleted.
  static func remove(_ bytes: Int, from member: MemberID, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      update member_usages set used_bytes = used_bytes - \(bytes) where member_id = \(member)
      """
    )
  }
}
