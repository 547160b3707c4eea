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

/// A row of `jobs.schedules`.
struct StoredSchedule: Sendable, Equatable {
  let name: String
  let expression: String
  let next: Date
}

extension JobRunner {
  /// Enqueues what is due, each time once among all nodes.
  ///
  /// A schedule whose expression was changed begins anew. What was missed of the former times is made
  /// up for then; nodes that still have the former expression go on with it.
  ///
  /// - `planted`: The time, in tests; else the database's, on which all nodes agree.
  func enqueueScheduled(at planted: Date? = nil) async throws {
    guard !schedules.isEmpty else { return }
    let rows = try await db.read(
      """
      select now(), stored.name, stored.expression, stored.next_at
      from (values (1)) as always
      left join jobs.schedules as stored on stored.name = any(\(schedules.map(\.name))::text[])
      """
    )
    var now = planted
    var known: [StoredSchedule] = []
    for row in rows {
      now = try now ?? row.decode(at: 0)
      guard let name = try row.decode(String?.self, at: 1) else { continue }
      known.append(
        StoredSchedule(
          name: name,
          expression: try row.decode(at: 2),
          next: try row.decode(at: 3)
        )
      )
    }
    guard let now else { return }
    for schedule in schedules {
      try await look(at: schedule, known.filter { $0.name == schedule.name }, now)
    }
  }

  private func look(at schedule: JobSchedule, _ stored: [StoredSchedule], _ now: Date) async throws
  {
    let others = stored.filter { $0.expression != schedule.cron.expression }
    guard let own = stored.first(where: { !others.contains($0) }) else {
      return try await begin(schedule, insteadOf: others, at: now)
    }
    if own.next <= now { try await enqueue(schedule, due: own.next, at: now) }
    // No node has that expression any more: it would have moved the time on.
    for other in others where now.timeIntervalSince(other.next) > JobSchedule.tolerance {
      _ = try await db.write(JobRunner.removal(of: other))
    }
  }

  /// Stores the first time of a schedule that is new, or whose expression was changed.
  private func begin(
    _ schedule: JobSchedule,
    insteadOf others: [StoredSchedule],
    at now: Date
  ) async throws {
    try await db.transaction { tx in
      let begun = try await tx.write(
        """
        insert into jobs.schedules (name, expression, next_at)
        values (\(schedule.name), \(schedule.cron.expression), \(schedule.cron.next(after: now)))
        on conflict (name, expression) do nothing
        """
      )
      guard begun.affectedCount == 1 else { return }
      var missed: [Date] = []
      for other in others where other.next <= now {
        // A node that still has the expression may be quicker, and enqueues it then.
        let removed = try await tx.write(JobRunner.removal(of: other))
        if removed.affectedCount == 1 { missed.append(other.next) }
      }
      guard let due = missed.max(), schedule.isWanted(due: due, at: now) else { return }
      try await schedule.enqueue(tx)
    }
  }

  /// Enqueues the job for the time `due`, unless another node did.
  func enqueue(_ schedule: JobSchedule, due: Date, at now: Date) async throws {
    try await db.transaction { tx in
      // Of several nodes that have seen this time, the first one moves it on.
      let moved = try await tx.write(
        """
        update jobs.schedules set next_at = \(schedule.cron.next(after: now)), last_at = \(due)
        where name = \(schedule.name) and expression = \(schedule.cron.expression)
          and next_at = \(due)
        """
      )
      guard moved.affectedCount == 1, schedule.isWanted(due: due, at: now) else { return }
      try await schedule.enqueue(tx)
    }
  }

  /// Removes what was stored of an expression, unless its time was moved on meanwhile.
  private static func removal(of stored: StoredSchedule) -> SQL {
    """
    delete from jobs.schedules
    where name = \(stored.name) and expression = \(stored.expression) and next_at = \(stored.next)
    """
  }
}
