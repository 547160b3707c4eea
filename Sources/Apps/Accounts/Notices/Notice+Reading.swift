import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelRealtime
import ArtelWeb

extension Notice {
  /// What a member was told, newest first.
  static func newest(of member: MemberID) -> Query<Notice> {
    Notice.where { $0.memberID == member }.order { $0.id.descending }
  }

  /// How many notices of a member are unread; at most ``limit``, but for a moment.
  static func unreadCount(of member: MemberID, in reader: some StatementReader) async throws -> Int
  {
    try await Notice.where { $0.memberID == member && $0.readAt == nil }.count(in: reader)
  }
}

extension Accounts {
  /// Marks everything as read that a member was told up to a notice, and tells open pages.
  ///
  /// - Returns: How many are unread still.
  /// - Throws: `Problem` of kind `not_found` when the member has no such notice.
  func readNotices(of member: MemberID, through id: NoticeID) async throws -> Int {
    try await db.transaction { tx in
      let row = try await tx.write(
        """
        with last as (
          select id from notices where id = \(id) and member_id = \(member)
        ), marked as (
          update notices set read_at = \(clock.now())
          where member_id = \(member) and read_at is null and id <= (select id from last)
          returning id
        )
        select exists (select from last), exists (select from marked),
          (select count(*) from notices
           where member_id = \(member) and read_at is null and id > \(id))
        """
      )[0]
      guard try row.decode(Bool.self, at: 0) else { throw Problem.notFound }
      if try row.decode(Bool.self, at: 1) {
        let update = LiveUpdate(for: .member(member), NoticeNews.read.rawValue) { json in
          json.field("through", id)
        }
        try await updates.publish(update, in: tx)
      }
      return try row.decode(Int.self, at: 2)
    }
  }
}
