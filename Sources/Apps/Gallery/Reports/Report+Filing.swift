import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension Gallery {
  /// Tells moderators of a thing that the member sees and that should not be here; the second report
  /// of a member on the same thing changes nothing.
  ///
  /// The thing has a case in their queue from then on, until one of them decides.
  ///
  /// - Throws: `RowNotFound`; ``ReportError/own``; ``MemberError/departed``.
  func report(_ target: VoteTarget, _ form: ReportForm, by member: MemberID) async throws {
    try await requireReportable(target, by: member)
    try await Member.meet(member, through: accounts, in: db)
    let report = Report(
      memberID: member,
      postID: target.post,
      commentID: target.comment,
      reason: form.reason,
      text: form.text,
      createdAt: clock.now()
    )
    do {
      try await db.transaction { tx in
        // Takes hold of the thing before its case, as whoever decides does.
        guard try await tx.insertIfAbsent(report) else { return }
        let reporter = try await Member.find(member, in: tx)
        // Looked at after the report has taken hold of the row: who departs later waits for this commit.
        guard reporter.departedAt == nil else { throw MemberError.departed }
        guard try await report.openCase(on: target, in: tx) else { return }
        try await tx.publish(
          ModeratorsNoticeRequested<Gallery>(of: .reportWaiting, ["queue": .text("gallery")])
        )
      }
    } catch let error as PostgresError where Report.targetKeys.contains(error.constraint ?? "") {
      // It was deleted since it was looked at.
      throw RowNotFound(table: Report.table.name)
    }
  }

  /// Makes sure that the member sees the thing, and that it is another's.
  ///
  /// - Throws: `RowNotFound`; ``ReportError/own``.
  func requireReportable(_ target: VoteTarget, by member: MemberID) async throws {
    guard try await target.author(for: member, in: db) != member else { throw ReportError.own }
  }
}

extension Query where Row == Report {
  /// The reports on one thing.
  func on(_ target: VoteTarget) -> Query {
    switch target {
    case .post(let id): `where` { $0.postID == id }
    case .comment(let id): `where` { $0.commentID == id }
    }
  }
}

extension Report {
  fileprivate static let targetKeys: Set = [
    "reports_post_id_fkey", "reports_comment_id_fkey", "moderation_cases_post_id_fkey",
    "moderation_cases_comment_id_fkey",
  ]

  /// Counts the report with the case of its thing; returns whether it opened the case.
  fileprivate func openCase(on target: VoteTarget, in tx: Transaction) async throws -> Bool {
    let counted = try await tx.write(
      """
      insert into moderation_cases as waiting (id, \(target.column), report_count, opened_at)
      values (\(ModerationCaseID.generate()), coalesce(\(postID), \(commentID)), 1, \(createdAt))
      on conflict (\(target.column)) where \(target.column) is not null
      do update set report_count = waiting.report_count + 1
      returning report_count
      """
    )
    return try counted[0].decode(Int.self, at: 0) == 1
  }

  /// Deletes some of a member's reports; returns how many.
  static func forget(of member: MemberID, limit: Int, in db: Database) async throws -> Int {
    try await db.write(
      """
      delete from reports where id = any(array(
        select id from reports where member_id = \(member) limit \(limit)
      ))
      """
    ).affectedCount
  }
}
