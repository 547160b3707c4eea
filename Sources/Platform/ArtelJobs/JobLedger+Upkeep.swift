import ArtelIdentifiers
import ArtelPostgres
import FoundationEssentials

extension JobLedger {
  /// Says that this node is alive and works on these jobs.
  ///
  /// - Returns: Those that are not this node's any more.
  func renew(_ jobs: [ClaimedJob]) async throws -> Set<JobID> {
    guard !jobs.isEmpty else { return [] }
    let (ids, claims) = (jobs.map(\.id), jobs.map(\.claim))
    // A row that is locked is about to end, or somebody cancels it; waiting would gain nothing.
    let renewed = try await db.write(
      """
      update jobs.jobs set lease_ends_at = now() + make_interval(secs => \(lease.inSeconds))
      where id in (
        select job.id from jobs.jobs as job
        join unnest(\(ids), \(claims)) as own (id, claim) on job.id = own.id and job.claim = own.claim
        for update of job skip locked
      )
      returning id
      """
    )
    let known = Set(try renewed.map { try $0.decode(JobID.self, at: 0) })
    let missing = jobs.filter { !known.contains($0.id) }
    guard !missing.isEmpty else { return [] }
    let locked = try await db.read(
      """
      select job.id from jobs.jobs as job
      join unnest(\(missing.map(\.id)), \(missing.map(\.claim))) as own (id, claim)
        on job.id = own.id and job.claim = own.claim
      """
    )
    let kept = Set(try locked.map { try $0.decode(JobID.self, at: 0) })
    return Set(missing.map(\.id)).subtracting(kept)
  }

  /// Which of these jobs somebody asked to end.
  func cancelled(among jobs: [ClaimedJob]) async throws -> Set<JobID> {
    guard !jobs.isEmpty else { return [] }
    let rows = try await db.read(
      """
      select id from jobs.jobs
      where id = any(\(jobs.map(\.id))) and cancel_requested_at is not null and state = 'running'
      """
    )
    return Set(try rows.map { try $0.decode(JobID.self, at: 0) })
  }

  /// Stores how far jobs are.
  func write(_ progress: [JobProgress]) async throws {
    guard !progress.isEmpty else { return }
    _ = try await db.write(
      """
      update jobs.jobs as job set done = reported.done, total = reported.total
      from unnest(\(progress.map(\.id)), \(progress.map(\.claim)), \(progress.map(\.done)),
        \(progress.map(\.total))) as reported (id, claim, done, total)
      where job.id = reported.id and job.claim = reported.claim
      """
    )
  }

  /// Takes jobs away from nodes that have fallen silent, at most 100 at a time.
  ///
  /// - Returns: How many may be taken anew or are dead now.
  func rescue() async throws -> Int {
    try await db.write(
      """
      update jobs.jobs
      set claim = null, lease_ends_at = null, reason = 'its node ' || node || ' fell silent',
        state = \(JobLedger.rescuedState),
        ended_at = case when \(JobLedger.rescuedState) = 'queued' then null else now() end,
        forgotten_at = case when \(JobLedger.rescuedState) = 'cancelled'
          then now() + interval '1 day' end
      where id in (
        select id from jobs.jobs where state = 'running' and lease_ends_at < now()
        order by lease_ends_at limit 100 for update skip locked
      )
      """
    ).affectedCount
  }

  private static let rescuedState: SQL = """
    case when cancel_requested_at is not null then 'cancelled'
      when attempts >= attempts_limit then 'dead' else 'queued' end
    """

  /// Removes jobs that nobody needs to see any more, at most 1,000 at a time.
  ///
  /// - Returns: How many were removed.
  @discardableResult
  func prune() async throws -> Int {
    try await db.write(
      """
      delete from jobs.jobs where id = any(array(
        select id from jobs.jobs where forgotten_at <= now()
        order by forgotten_at limit 1000 for update skip locked
      ))
      """
    ).affectedCount
  }
}
