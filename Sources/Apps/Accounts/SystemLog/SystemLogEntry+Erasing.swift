import AccountsContract
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension SystemLogEntry {
  /// Takes what is personal out of the entries that a member made or that are about the member, but
  /// for the last entry of all; with the commit.
  ///
  /// Call it behind the record of the departure: that holds the log, so nothing about the member is
  /// on its way any more, and the chain stays whole.
  static func erase(_ member: MemberID, at now: Date, in tx: Transaction) {
    tx.writeAtCommit(
      """
      update system_log_entries
      set address = null, user_agent = null, details = null, salt = null, erased_at = \(now)
      where (actor_id = \(member) or subject_id = \(member)) and erased_at is null
        and position < (select position from system_log_heads)
      """
    )
  }
}
