import ArtelPostgres

/// How many jobs of a kind wait, run and are dead; for metrics.
public struct JobStatistics: Sendable, Hashable {
  /// The kind.
  public let kind: String
  /// Jobs that wait, those included that are due later.
  public let queued: Int
  /// Jobs that nodes work on.
  public let running: Int
  /// Jobs that an operator has to look at.
  public let dead: Int
  /// For how long the job has been due that has waited longest; zero when none is due.
  public let oldestDue: Duration
}

extension JobQueue {
  /// The figures of each kind that has a job waiting, running or dead, by name.
  ///
  /// Cost: one read; it grows with the number of such jobs, not with finished ones.
  public func statistics() async throws -> [JobStatistics] {
    let rows = try await db.read(
      """
      select kind, sum(queued)::bigint, sum(running)::bigint, sum(dead)::bigint,
        coalesce(extract(epoch from now() - min(due_at)), 0)::float8
      from (
        select kind, count(*) as queued, 0 as running, 0 as dead,
          min(run_at) filter (where run_at <= now()) as due_at
        from jobs.jobs where state = 'queued' group by kind
        union all
        select kind, 0, count(*), 0, null from jobs.jobs where state = 'running' group by kind
        union all
        select kind, 0, 0, count(*), null from jobs.jobs where state = 'dead' group by kind
      ) as counted
      group by kind order by kind
      """
    )
    return try rows.map { row in
      JobStatistics(
        kind: try row.decode(at: 0),
        queued: try row.decode(at: 1),
        running: try row.decode(at: 2),
        dead: try row.decode(at: 3),
        oldestDue: .seconds(try row.decode(Double.self, at: 4))
      )
    }
  }
}
