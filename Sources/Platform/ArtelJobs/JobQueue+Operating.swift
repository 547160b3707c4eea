public import ArtelIdentifiers
import ArtelPostgres

extension JobQueue {
  /// The latest jobs, newest first, of all states and kinds unless they are named.
  ///
  /// Cost: one read, which goes through newer jobs of other states and kinds.
  public func entries(
    in state: JobState? = nil,
    of kind: String? = nil,
    limit: Int = 50
  ) async throws -> [JobEntry] {
    var sql: SQL = "select \(JobEntry.columns) from jobs.jobs where true"
    if let state { sql.append(" and state = \(state.rawValue)") }
    if let kind { sql.append(" and kind = \(kind)") }
    sql.append(" order by id desc limit \(limit)")
    return try await db.read(sql).map { try JobEntry($0) }
  }

  /// The job with this id; nil when there is none, or when it was forgotten.
  public func entry(_ id: JobID) async throws -> JobEntry? {
    let rows = try await db.read("select \(JobEntry.columns) from jobs.jobs where id = \(id)")
    return try rows.first.map { try JobEntry($0) }
  }

  /// Makes a job due at once: a dead or cancelled one with all its attempts anew, a waiting one
  /// without waiting.
  ///
  /// - Returns: Whether it will run; false when it is unknown, runs or is finished, and when another
  ///   job has its key.
  public func retry(_ id: JobID) async throws -> Bool {
    do {
      let queued = try await db.write(
        """
        update jobs.jobs
        set attempts = case when state = 'queued' then attempts else 0 end, state = 'queued',
          run_at = least(run_at, now()), ended_at = null, forgotten_at = null,
          cancel_requested_at = null
        where id = \(id) and state in ('queued', 'dead', 'cancelled')
        """
      )
      db.signal(JobQueue.topic)
      return queued.affectedCount == 1
    } catch let error as PostgresError where error.isUniqueViolation {
      return false
    }
  }

  /// Makes dead jobs due at once, the oldest first; of all kinds unless one is named.
  ///
  /// Cost: one statement for each.
  ///
  /// - Returns: How many will run.
  public func retryDead(of kind: String? = nil) async throws -> Int {
    var sql: SQL = "select id from jobs.jobs where state = 'dead'"
    if let kind { sql.append(" and kind = \(kind)") }
    sql.append(" order by id")
    var count = 0
    for row in try await db.read(sql) where try await retry(row.decode(at: 0)) { count += 1 }
    return count
  }

  /// Calls a job off: one that waits, or is dead, ends at once; of one that runs the task is
  /// cancelled within about a second, and it may still finish.
  ///
  /// - Returns: What it found; nil when the job is unknown or has ended.
  public func cancel(_ id: JobID) async throws -> JobState? {
    let found = try await db.write(
      """
      with found as (
        select id, state from jobs.jobs
        where id = \(id) and state in ('queued', 'running', 'dead') for update
      )
      update jobs.jobs as job
      set state = case when found.state = 'running' then 'running' else 'cancelled' end,
        cancel_requested_at = now(),
        ended_at = case when found.state = 'running' then null else now() end,
        forgotten_at = case when found.state = 'running' then null else now() + interval '1 day' end
      from found where job.id = found.id
      returning found.state
      """
    )
    return try found.first.flatMap { JobState(rawValue: try $0.decode(at: 0)) }
  }
}
