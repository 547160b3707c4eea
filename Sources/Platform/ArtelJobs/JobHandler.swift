public import ArtelPostgres

/// What does the jobs of one kind.
///
/// ```swift
/// JobHandler(MakeThumbnails.self) { job, run in try await shelf.makeCopies(of: job.post, run) }
/// JobHandler(FoldViews.self, in: db) { job, tx in try await job.fold(in: tx) }
/// ```
public struct JobHandler: Sendable {
  let kind: String
  let options: JobOptions
  let run: @Sendable (JSONText, JobRun) async throws -> Void

  /// Runs `body` for each job; the job is finished when it returns.
  ///
  /// At least once: a node that dies after the work and before its word is stored leaves the job to
  /// another one, so the work must bear to be done again. What only touches the job's own database
  /// belongs into ``JobRun/complete(_:)`` or a handler that runs in a transaction.
  public init<J: Job>(
    _ type: J.Type,
    _ body: @escaping @Sendable (J, JobRun) async throws -> Void
  ) {
    kind = J.kind
    options = J.options
    run = { payload, run in try await body(try payload.decode(J.self), run) }
  }

  /// Runs `body` in the transaction that finishes the job: its effect is stored exactly once.
  public init<J: Job>(
    inTransaction type: J.Type,
    _ body: @escaping @Sendable (J, Transaction) async throws -> Void
  ) {
    self.init(type) { job, run in
      try await run.complete { tx in try await body(job, tx) }
    }
  }
}
