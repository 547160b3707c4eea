import ArtelPostgres
public import FoundationEssentials

/// A schedule as operators see it.
public struct ScheduleEntry: Sendable, Codable {
  /// What is scheduled.
  public let name: String
  /// Its cron expression.
  public let expression: String
  /// When it is enqueued next.
  public let nextAt: Date
  /// The time for which it was enqueued last.
  public let lastAt: Date?
}

extension JobQueue {
  /// What comes back, by name; twice while nodes have different expressions.
  public func schedules() async throws -> [ScheduleEntry] {
    let rows = try await db.read(
      "select name, expression, next_at, last_at from jobs.schedules order by name, expression"
    )
    return try rows.map { row in
      ScheduleEntry(
        name: try row.decode(at: 0),
        expression: try row.decode(at: 1),
        nextAt: try row.decode(at: 2),
        lastAt: try row.decode(at: 3)
      )
    }
  }
}
