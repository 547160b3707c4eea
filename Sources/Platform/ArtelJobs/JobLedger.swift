import ArtelIdentifiers
import ArtelPostgres
import FoundationEssentials

/// A job that a node has taken.
struct ClaimedJob: Sendable {
  let id: JobID
  let claim: UUID
  let kind: String
  let payload: JSONText
  let attempt: Int
  let attemptsLimit: Int
  let traceparent: String?
}

/// How far a job is.
struct JobProgress: Sendable {
  let id: JobID
  let claim: UUID
  let done: Int
  let total: Int

  init(_ job: ClaimedJob, done: Int, total: Int) {
    id = job.id
    claim = job.claim
    self.done = done
    self.total = total
  }
}

/// What became of a job that a node had taken.
struct Settlement: Sendable {
  enum Outcome: Sendable, Equatable {
    case finished
    /// To be tried again after the pause.
    case failed(reason: String, pause: Duration)
    case dead(reason: String)
    case cancelled
    /// Given back at a stop; the attempt does not count.
    case handedBack
  }

  let job: ClaimedJob
  let outcome: Outcome
  let keeps: Duration

  /// The same with nothing in it that the job brought along, for when that is refused.
  func plain(because refusal: String) -> Settlement {
    let reason = "what became of it cannot be stored: \(refusal)"
    let outcome: Outcome =
      switch self.outcome {
      case .failed: .failed(reason: reason, pause: BackOff().longest)
      case .dead: .dead(reason: reason)
      case .finished, .cancelled, .handedBack: self.outcome
      }
    return Settlement(job: job, outcome: outcome, keeps: JobOptions().keeps)
  }
}

/// The statements by which nodes take jobs and answer for them.
///
/// All times are the database's, so that nodes whose clocks differ agree on who may do what. A word
/// about a job counts only together with the claim under which it was taken.
struct JobLedger: Sendable {
  let db: Database
  /// What operators see as the node.
  let node: String
  /// How long a job belongs to a node that says nothing.
  let hold: Duration

  /// Takes the most urgent due jobs, up to the room of each kind and `total` in all.
  func claim(_ rooms: [JobSlots.Room], total: Int, ignoringTimes: Bool = false) async throws
    -> [ClaimedJob]
  {
    let claim = UUID()
    let statement = claiming(rooms, total: total, as: claim, ignoringTimes: ignoringTimes)
    // A claim that a crash of the server undoes is one that its node cannot use any more.
    var before: [SQL] = ["set local synchronous_commit = off"]
    let counted = rooms.filter { $0.overall != nil }.map(\.kind)
    if !counted.isEmpty { before.append(JobLedger.turn(of: counted)) }
    let rows = try await db.transaction { [before] tx in
      try await tx.pipelined(before + [statement])[before.count]
    }
    let taken: [(job: ClaimedJob, priority: Int, due: Date)] = try rows.map { row in
      (try ClaimedJob(row, claim: claim), try row.decode(at: 6), try row.decode(at: 7))
    }
    return taken.sorted { ($0.priority, $0.due, $0.job.id) < ($1.priority, $1.due, $1.job.id) }
      .map(\.job)
  }

  /// Waits until no other node takes jobs of these kinds, so that it counts what those before have taken.
  private static func turn(of kinds: [String]) -> SQL {
    """
    select pg_advisory_xact_lock(hashtextextended('jobs ' || kind, 0))
    from unnest(\(kinds.sorted())::text[]) as kind
    """
  }

  /// How many of each kind may be taken, as a table of kinds and sizes.
  private static func table(of rooms: [JobSlots.Room]) -> SQL {
    let (kinds, counts) = (rooms.map(\.kind), rooms.map(\.count))
    guard rooms.contains(where: { $0.overall != nil }) else {
      return "unnest(\(kinds)::text[], \(counts)) as room (kind, size)"
    }
    return """
      (
        select kind, case when overall is null then size else greatest(0, least(size, overall - (
          select count(*) from jobs.jobs as busy
          where busy.state = 'running' and busy.kind = asked.kind
        ))) end as size
        from unnest(\(kinds)::text[], \(counts), \(NullableArray(rooms.map(\.overall))))
          as asked (kind, size, overall)
      ) as room
      """
  }

  /// Looks at each kind and priority by itself: whatever waits elsewhere, it costs the same.
  func claiming(
    _ rooms: [JobSlots.Room],
    total: Int,
    as claim: UUID = UUID(),
    ignoringTimes: Bool = false
  ) -> SQL {
    let due: SQL = ignoringTimes ? "true" : "run_at <= now()"
    return """
      with due as (
        select due.id from \(JobLedger.table(of: rooms))
        cross join lateral (
          select job.id, job.priority, job.run_at
          from (values (0), (1), (2)) as level (priority)
          cross join lateral (
            select id, priority, run_at from jobs.jobs
            where state = 'queued' and kind = room.kind and priority = level.priority and \(due)
            order by run_at, id limit room.size for update skip locked
          ) as job
          order by job.priority, job.run_at, job.id limit room.size
        ) as due
        order by due.priority, due.run_at, due.id limit \(total)
      )
      update jobs.jobs as job
      set state = 'running', claim = \(claim), node = \(node), attempts = attempts + 1,
        hold_ends_at = now() + make_interval(secs => \(hold.inSeconds)), started_at = now(),
        done = 0, total = null
      from due where job.id = due.id
      returning job.id, job.kind, job.payload, job.attempts, job.attempts_limit, job.traceparent,
        job.priority, job.run_at
      """
  }

  /// Ends a job in the transaction of its effect; false when the claim is not valid any more.
  func finish(_ job: ClaimedJob, keeps: Duration, in tx: Transaction) async throws -> Bool {
    guard keeps > .zero else {
      let removed = try await tx.write(
        "delete from jobs.jobs where id = \(job.id) and claim = \(job.claim)"
      )
      return removed.affectedCount == 1
    }
    let finished = try await tx.write(
      """
      update jobs.jobs
      set state = 'finished', claim = null, hold_ends_at = null, reason = null, ended_at = now(),
        done = coalesce(total, done),
        forgotten_at = now() + make_interval(secs => \(keeps.inSeconds))
      where id = \(job.id) and claim = \(job.claim)
      """
    )
    return finished.affectedCount == 1
  }

  /// Stores what became of jobs; those whose claim is not valid any more are left alone.
  ///
  /// May be repeated.
  func settle(_ settlements: [Settlement]) async throws {
    let gone = settlements.filter { $0.outcome == .finished && $0.keeps <= .zero }
    if !gone.isEmpty {
      _ = try await db.write(
        """
        delete from jobs.jobs as job using unnest(\(gone.map(\.job.id)), \(gone.map(\.job.claim)))
          as gone (id, claim)
        where job.id = gone.id and job.claim = gone.claim
        """
      )
    }
    let rest = settlements.filter { $0.outcome != .finished || $0.keeps > .zero }
    guard !rest.isEmpty else { return }
    _ = try await db.write(JobLedger.settling(rest))
  }

  private static func settling(_ settlements: [Settlement]) -> SQL {
    let states = settlements.map(\.outcome.state)
    let reasons = NullableArray(settlements.map(\.outcome.reason))
    let pauses = NullableArray(settlements.map { $0.outcome.pause?.inSeconds })
    return """
      update jobs.jobs as job
      set state = ended.state, claim = null, hold_ends_at = null,
        attempts = attempts - case when ended.state = 'queued' and ended.pause is null then 1 else 0 end,
        run_at = case when ended.pause is null then run_at
          else now() + make_interval(secs => ended.pause) end,
        reason = case when ended.state = 'finished' then null else coalesce(ended.reason, job.reason) end,
        done = case when ended.state = 'finished' then coalesce(total, done) else done end,
        ended_at = case when ended.state <> 'queued' then now() end,
        forgotten_at = case when ended.state in ('finished', 'cancelled')
          then now() + make_interval(secs => ended.keeps) end
      from (
        select input.id, input.claim, input.pause, input.reason, input.keeps,
          case when input.state = 'queued' and asked.cancel_requested_at is not null then 'cancelled'
            else input.state end as state
        from unnest(\(settlements.map(\.job.id)), \(settlements.map(\.job.claim)), \(states)::text[],
          \(reasons)::text[], \(pauses), \(settlements.map(\.keeps.inSeconds)))
          as input (id, claim, state, reason, pause, keeps)
        join jobs.jobs as asked using (id)
      ) as ended
      where job.id = ended.id and job.claim = ended.claim
      """
  }
}

extension ClaimedJob {
  fileprivate init(_ row: PostgresRow, claim: UUID) throws {
    id = try row.decode(at: 0)
    self.claim = claim
    kind = try row.decode(at: 1)
    payload = try row.decode(at: 2)
    attempt = try row.decode(at: 3)
    attemptsLimit = try row.decode(at: 4)
    traceparent = try row.decode(at: 5)
  }
}

extension Settlement.Outcome {
  fileprivate var state: String {
    switch self {
    case .finished: "finished"
    case .failed, .handedBack: "queued"
    case .dead: "dead"
    case .cancelled: "cancelled"
    }
  }

  fileprivate var reason: String? {
    switch self {
    case .failed(let reason, _), .dead(let reason): reason.storable()
    case .finished, .cancelled, .handedBack: nil
    }
  }

  fileprivate var pause: Duration? {
    if case .failed(_, let pause) = self { pause } else { nil }
  }
}
