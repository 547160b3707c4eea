import ArtelPostgres
import FoundationEssentials
import Logging

/// A job that comes back at certain times.
///
/// All nodes have the same schedules; one of them enqueues the job for each time. While a job of the
/// schedule waits or runs, no other one is enqueued.
public struct JobSchedule: Sendable {
  /// What happens when no node ran at the due time.
  public enum Missed: Sendable {
    /// The job waits for its next time.
    case skip
    /// The job is done once, as soon as a node runs.
    case runOnce
  }

  /// How late a time may be noticed before it counts as missed, in seconds.
  static let tolerance: TimeInterval = 60

  let name: String
  let cron: CronSchedule
  let missed: Missed
  let enqueue: @Sendable (Transaction) async throws -> Void

  /// Brings `job` back at the times of `cron`.
  ///
  /// - Parameters:
  ///   - job: What is enqueued each time.
  ///   - cron: When, in UTC.
  ///   - missed: What happens to times at which no node ran. Default once.
  ///   - name: Tells schedules of one kind apart. Default the kind.
  public init<J: Job>(
    _ job: J,
    _ cron: CronSchedule,
    missed: Missed = .runOnce,
    name: String = J.kind
  ) {
    self.name = name
    self.cron = cron
    self.missed = missed
    enqueue = { tx in
      _ = try await tx.enqueue(job, .now.unique("schedule \(name)"))
    }
  }

  /// Whether the job is enqueued at `now` when it was due at `due`.
  func isWanted(due: Date, at now: Date) -> Bool {
    switch missed {
    case .runOnce: true
    case .skip: now.timeIntervalSince(due) <= JobSchedule.tolerance
    }
  }
}

extension JobRunner {
  /// Enqueues what is due at `now`, each time once among all nodes.
  func enqueueScheduled(at now: Date) async throws {
    guard !schedules.isEmpty else { return }
    let rows = try await db.read(
      "select name, expression, next_at from jobs.schedules where name = any(\(schedules.map(\.name))::text[])"
    )
    var known: [String: (expression: String, next: Date)] = [:]
    for row in rows {
      known[try row.decode(at: 0)] = (try row.decode(at: 1), try row.decode(at: 2))
    }
    for schedule in schedules {
      guard let entry = known[schedule.name], entry.expression == schedule.cron.expression else {
        try await store(schedule, at: now)
        continue
      }
      if entry.next <= now { try await enqueue(schedule, due: entry.next, at: now) }
    }
  }

  /// Reckons the first time of a schedule that is new, or whose expression was changed.
  private func store(_ schedule: JobSchedule, at now: Date) async throws {
    let expression = schedule.cron.expression
    _ = try await db.write(
      """
      insert into jobs.schedules as stored (name, expression, next_at)
      values (\(schedule.name), \(expression), \(schedule.cron.next(after: now)))
      on conflict (name) do update
      set expression = excluded.expression, next_at = excluded.next_at
      where stored.expression <> excluded.expression
      """
    )
  }

  /// Enqueues the job of a time that this node has seen to be due.
  func enqueue(_ schedule: JobSchedule, due: Date, at now: Date) async throws {
    try await db.transaction { tx in
      // Of several nodes that have seen this time, the first one moves it on.
      let moved = try await tx.write(
        """
        update jobs.schedules set next_at = \(schedule.cron.next(after: now)), last_at = \(due)
        where name = \(schedule.name) and next_at = \(due)
        """
      )
      guard moved.affectedCount == 1, schedule.isWanted(due: due, at: now) else { return }
      try await schedule.enqueue(tx)
    }
  }
}
