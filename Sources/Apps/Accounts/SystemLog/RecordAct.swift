import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelPostgres
import FoundationEssentials

/// Records in the system log what another app has reported.
///
/// In a transaction of its own, which holds the head of the log no longer than it must: the one that
/// delivers events goes on to wait for other rows.
struct RecordAct: Job {
  static let kind = "accounts.acts.record"
  static let options = JobOptions { $0.keeps = .zero }

  let event: EventID
  let act: String
  let level: LoggedAct.Level
  let actor: MemberID?
  let subject: MemberID?
  let details: [String: String]
  let doneAt: Date

  init<Source: NoticeSource>(_ reported: ActReported<Source>, _ entry: EventEntry) {
    event = entry.id
    act = reported.act
    level = reported.level
    actor = reported.actor
    subject = reported.subject
    details = reported.details
    doneAt = entry.occurredAt
  }

  /// Records the act unless it is recorded, as events are told again at a replay.
  func run(in tx: Transaction) async throws {
    // Taken before looking, so that of two deliveries one sees the other.
    _ = try await tx.read("select from system_log_heads for update")
    let known = try await tx.read(
      """
      select from system_log_entries
      where done_at = \(doneAt) and act = \(act)
        and (details is null or details ->> 'event' = \(event.description))
      limit 1
      """
    )
    guard known.isEmpty else { return }
    tx.record(
      Act(act, level: LogLevel(rawValue: level.rawValue) ?? .warning),
      by: actor,
      about: subject,
      from: nil,
      details: details.merging(["event": event.description]) { $1 },
      at: doneAt
    )
  }
}
