public import ArtelIdentifiers
public import ArtelPostgres
import ArtelTelemetry

extension Transaction {
  /// Stores a job that is done if, and only if, this transaction commits.
  ///
  /// Cost: one statement. Runners of this process are woken at once, others within some 10 ms.
  /// What it does belongs to the trace of the present span.
  ///
  /// ```swift
  /// try await tx.enqueue(MakeThumbnails(post: post.id))
  /// try await tx.enqueue(RemindMember(member: id), .after(.seconds(86_400)).unique("\(id)"))
  /// ```
  ///
  /// - Returns: Its id; nil when its key was taken and nothing was stored or moved.
  @discardableResult
  public func enqueue<J: Job>(_ job: J, _ placement: JobPlacement = .now) async throws -> JobID? {
    let stored = try await write(insertion(of: [job], placement))
    signal(JobQueue.topic)
    return try stored.first?.decode(at: 0)
  }

  /// Stores jobs of one kind in one statement; see ``enqueue(_:_:)``.
  ///
  /// The placement goes for each of them and has no key.
  public func enqueue<J: Job>(contentsOf jobs: [J], _ placement: JobPlacement = .now) async throws {
    guard placement.key == nil else { throw PostgresError.misuse("many jobs cannot share one key") }
    guard !jobs.isEmpty else { return }
    _ = try await write(insertion(of: jobs, placement))
    signal(JobQueue.topic)
  }

  private func insertion<J: Job>(of jobs: [J], _ placement: JobPlacement) throws -> SQL {
    let options = J.options
    let payloads = try jobs.map { try JSONText(encoding: $0) }
    let priority = (placement.priority ?? options.priority).rawValue
    var sql: SQL = """
      insert into jobs.jobs as job
        (id, kind, payload, priority, run_at, unique_key, attempts_limit, traceparent)
      select id, \(J.kind), payload, \(priority)::int,
        coalesce(\(placement.due), now() + make_interval(secs => \(placement.delay.inSeconds))),
        \(placement.key?.text), \(max(1, options.attempts))::int, \(Span.current?.identity.description)
      from unnest(\(jobs.map { _ in JobID.generate() }), \(payloads)) as queued (id, payload)
      """
    if let key = placement.key {
      sql.append(
        raw: " on conflict (kind, unique_key)"
          + " where unique_key is not null and state in ('queued', 'running') "
      )
      switch key.conflict {
      case .keep: sql.append(raw: "do nothing")
      case .replaceTime:
        sql.append(raw: "do update set run_at = excluded.run_at where job.state = 'queued'")
      }
    }
    sql.append(raw: " returning job.id")
    return sql
  }
}

extension Duration {
  /// Seconds and fractions, as `make_interval` takes them.
  var inSeconds: Double { self / .seconds(1) }
}
