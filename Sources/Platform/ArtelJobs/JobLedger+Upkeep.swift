import ArtelIdentifiers
import ArtelPostgres
import FoundationEssentials

/// A job that was taken away from a node that had fallen silent.
struct RescuedJob: Sendable {
  let id: JobID
  let kind: String
  let attempts: Int
  let reason: String
  let isDead: Bool
}

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
      update jobs.jobs set hold_ends_at = now() + make_interval(secs => \(hold.inSeconds))
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

  /// Stores how far jobs are; waits for nobody, so the word about a job whose row is locked is lost.
  func write(_ progress: [JobProgress]) async throws {
    guard !progress.isEmpty else { return }
    _ = try await db.write(
      """
      update jobs.jobs as job set done = reported.done, total = reported.total
      from (
        select own.id, own.done, own.total from jobs.jobs as held
        join unnest(\(progress.map(\.id)), \(progress.map(\.claim)), \(progress.map(\.done)),
          \(progress.map(\.total))) as own (id, claim, done, total)
          on held.id = own.id and held.claim = own.claim
        for update of held skip locked
      ) as reported
      where job.id = reported.id
      """
    )
  }

  /// Takes jobs away from nodes that have fallen silent, at most 100 at a time.
  ///
  /// - Returns: Those that may be taken anew, are cancelled, or dead now.
  func rescue() async throws -> [RescuedJob] {
    let rows = try await db.write(
      """
      update jobs.jobs
      set claim = null, hold_ends_at = null, reason = 'its node ' || node || ' fell silent',
        state = \(JobLedger.rescuedState),
        ended_at = case when \(JobLedger.rescuedState) = 'queued' then null else now() end,
        forgotten_at = case when \(JobLedger.rescuedState) = 'cancelled'
          then now() + interval '1 day' end
      where id in (
        select id from jobs.jobs where state = 'running' and hold_ends_at < now()
        order by hold_ends_at limit 100 for update skip locked
      )
      returning id, kind, attempts, reason, state = 'dead'
      """
    )
    return try rows.map { row in
      RescuedJob(
        id: try row.decode(at: 0),
        kind: try row.decode(at: 1),
        attempts: try row.decode(at: 2),
        reason: try row.decode(at: 3),
        isDead: try row.decode(at: 4)
      )
    }
  }

  private static let rescuedState: SQL = """
    case when cancel_requested_at is not null then 'cancelled'
      when attempts >= attempts_limit then 'dead' else 'queued' end
    """

  /// Removes jobs that nobody needs to see any more; at most 100 statements of 1,000 jobs.
  ///
  /// - `keepingDead`: For how long dead jobs are kept, of the kinds whose dead ones may go at all.
  /// - Returns: How many were removed.
  @discardableResult
  func prune(keepingDead ages: [String: Duration] = [:]) async throws -> Int {
    var total = 0
    for _ in 0..<100 {
      let count = try await db.write(JobLedger.pruning).affectedCount
      total += count
      if count < 1_000 { break }
    }
    guard !ages.isEmpty else { return total }
    let kinds = ages.keys.sorted()
    return try await total
      + db.write(
        """
        delete from jobs.jobs where id = any(array(
          select old.id from unnest(\(kinds)::text[], \(kinds.map { ages[$0]?.inSeconds ?? 0 }))
            as age (kind, seconds)
          cross join lateral (
            select id from jobs.jobs
            where state = 'dead' and kind = age.kind
              and ended_at < now() - make_interval(secs => age.seconds)
            order by ended_at limit 1000 for update skip locked
          ) as old
        ))
        """
      ).affectedCount
  }

  private static let pruning: SQL = """
    delete from jobs.jobs where id = any(array(
      select id from jobs.jobs where forgotten_at <= now()
      order by forgotten_at limit 1000 for update skip locked
    ))
    """
}
