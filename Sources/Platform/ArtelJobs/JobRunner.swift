import ArtelIdentifiers
public import ArtelPostgres
public import ArtelTelemetry
public import Logging
import Synchronization

/// How a node runs jobs; documented for operators in `docs/operations/jobs.md`.
public struct JobRunnerOptions: Sendable {
  /// How many jobs of a context run at a time; default 4.
  public var capacity = 4
  /// How long a job belongs to a node that says nothing, at least 1 s; default 30 s.
  public var hold = Duration.seconds(30)
  /// How long jobs may go on when the node stops, before they are cancelled; default 5 s.
  public var grace = Duration.seconds(5)
  /// How long at most until it looks for jobs by itself; tests that count on being woken prolong it.
  var poll = Duration.seconds(1)
  /// The node's name for operators; default the host's name and the process.
  public var node = JobRunnerOptions.ownName

  /// The defaults.
  public init() {}
}

/// Takes due jobs of one context and runs them, beside the runners of other nodes.
///
/// A node holds a job for a while, and prolongs that as long as the job runs. What a silent node
/// held goes to others; its late word does not count. Jobs run again until an attempt succeeds or
/// all have failed; then they are dead and wait for an operator.
public final class JobRunner: Sendable {
  struct State {
    var slots: JobSlots
    var running: [JobID: RunningJob] = [:]
    var settlements: [Settlement] = []
    var isStopping = false
  }

  let db: Database
  let handlers: [String: JobHandler]
  let schedules: [JobSchedule]
  let options: JobRunnerOptions
  let logger: Logger
  let tracer: Tracer
  let meter: JobMeter
  let ledger: JobLedger
  let state: Mutex<State>
  private let wakes: AsyncStream<Void>
  private let waking: AsyncStream<Void>.Continuation

  /// Describes a runner; ``run()`` starts it.
  ///
  /// - Parameters:
  ///   - db: The context's database.
  ///   - handlers: What it can do, one for each kind. Jobs of other kinds are left to other nodes.
  ///   - schedules: What comes back at certain times, on all nodes alike.
  ///   - options: How many at a time, and how long they belong to a silent node.
  ///   - logger: Told of failed and dead jobs.
  ///   - telemetry: Counts attempts; each is a span of the trace that asked for the job.
  public init(
    db: Database,
    handlers: [JobHandler],
    schedules: [JobSchedule] = [],
    options: JobRunnerOptions = JobRunnerOptions(),
    logger: Logger,
    telemetry: Telemetry = Telemetry()
  ) {
    self.db = db
    self.handlers = Dictionary(handlers.map { ($0.kind, $0) }) { _, second in
      preconditionFailure("two handlers for \(second.kind)")
    }
    self.schedules = schedules
    self.options = options
    self.logger = logger
    tracer = telemetry.tracer
    meter = JobMeter(self.handlers.keys.sorted(), in: telemetry.metrics)
    (wakes, waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    ledger = JobLedger(db: db, node: options.node, hold: max(options.hold, .seconds(1)))
    state = Mutex(
      State(
        slots: JobSlots(
          capacity: options.capacity,
          kinds: Array(self.handlers.keys),
          limits: self.handlers.compactMapValues(\.options.limitPerNode),
          overall: self.handlers.compactMapValues(\.options.limitOverall)
        )
      )
    )
  }

  /// Runs jobs until the task is cancelled; then lets them finish within the grace, cancels the
  /// others and hands them back.
  ///
  /// Call it once.
  public func run() async {
    // Also while jobs are given time at a stop.
    let holding = Task { await keepHolds() }
    await withTaskGroup { group in
      group.addTask { await self.watch() }
      group.addTask {
        for await _ in self.db.signals(on: JobQueue.topic, atLeastEvery: self.options.poll) {
          self.state.withLock { $0.slots.ring() }
          self.waking.yield()
        }
      }
      for await _ in wakes { await round() }
      group.cancelAll()
    }
    // In a task of its own: this one is cancelled, and its statements would be too.
    await Task { await stop() }.value
    holding.cancel()
    await holding.value
  }

  /// Stores what became of jobs and takes others.
  private func round() async {
    do {
      try await settle()
      let (rooms, total) = state.withLock { $0.slots.ask() }
      guard total > 0 else { return }
      do {
        let claimed = try await ledger.claim(rooms, total: total)
        state.withLock { $0.slots.take(claimed.map(\.kind), of: total) }
        for job in claimed { start(job) }
      } catch {
        state.withLock { $0.slots.ring() }
        throw error
      }
    } catch is CancellationError {
      return
    } catch {
      logger.warning("Jobs could not be taken", metadata: ["error": "\(error)"])
      // The next signal comes in a second at the latest.
    }
  }

  /// Stores what is known of ended jobs; keeps it for the next round when that fails.
  func settle() async throws {
    let settlements = state.withLock { $0.settlements }
    guard !settlements.isEmpty else { return }
    // In a task of its own: a stop must not leave the outcome of a statement unknown.
    try await Task { try await store(settlements) }.value
    state.withLock { $0.settlements.removeFirst(settlements.count) }
  }

  /// Starts a job in a task of its own, which a stop does not cancel at once.
  private func start(_ job: ClaimedJob) {
    guard let handler = handlers[job.kind] else {
      preconditionFailure("a job of a kind that was not asked for")
    }
    let run = JobRun(job, keeps: handler.options.keeps, ledger: ledger)
    state.withLock { state in
      let task = Task { await self.work(on: job, run, handler) }
      state.running[job.id] = RunningJob(job: job, run: run, task: task, startedAt: .now)
    }
  }

  private func work(on job: ClaimedJob, _ run: JobRun, _ handler: JobHandler) async {
    let startedAt = ContinuousClock.now
    let outcome = await outcome(of: job, run, handler)
    let settled = state.withLock { state in
      let running = state.running.removeValue(forKey: job.id)
      state.slots.end(job.kind)
      guard let outcome else { return Settlement.Outcome.finished }
      let settled = running.map { $0.settled(outcome, isStopping: state.isStopping) } ?? outcome
      state.settlements.append(
        Settlement(job: job, outcome: settled, keeps: handler.options.keeps)
      )
      return settled
    }
    meter.count(job.kind, settled, took: .now - startedAt)
    waking.yield()
  }

  /// Runs the handler in a span of its own; nil when the job was finished in a transaction.
  func outcome(of job: ClaimedJob, _ run: JobRun, _ handler: JobHandler) async -> Settlement
    .Outcome?
  {
    await tracer.span("job \(job.kind)", .consumer, following: job.traceparent) {
      if let span = Span.current, span.isRecorded {
        span.set("artel.job_id", .text("\(job.id)"))
        span.set("artel.attempt", .number(job.attempt))
      }
      return await attempt(job, run, handler)
    }
  }

  private func attempt(_ job: ClaimedJob, _ run: JobRun, _ handler: JobHandler) async -> Settlement
    .Outcome?
  {
    do {
      try await handler.run(job.payload, run)
      return run.isCompleted ? nil : .finished
    } catch {
      Span.current?.fail("\(type(of: error))")
      guard !run.isCompleted else {
        logger.warning(
          "A job failed after it was finished",
          metadata: ["kind": "\(job.kind)", "job": "\(job.id)", "error": "\(error)"]
        )
        return nil
      }
      return failure(of: job, error, handler.options)
    }
  }

  private func failure(of job: ClaimedJob, _ error: any Error, _ options: JobOptions)
    -> Settlement.Outcome
  {
    let reason = "\(error)"
    let isDead = error is JobRefusal || job.attempt >= job.attemptsLimit
    // What was cancelled is told apart where it is known by whom.
    if !(error is CancellationError), !(error is JobLost) {
      logger.log(
        level: isDead ? .error : .notice,
        isDead ? "A job is dead" : "A job failed and is tried again",
        metadata: [
          "kind": "\(job.kind)", "job": "\(job.id)", "attempt": "\(job.attempt)",
          "error": "\(reason)",
        ]
      )
    }
    return isDead
      ? .dead(reason: reason)
      : .failed(reason: reason, pause: options.backOff.pause(after: job.attempt))
  }

  /// Lets jobs finish, then cancels them, and stores what became of all.
  private func stop() async {
    let (tasks, deadline) = state.withLock { state in
      state.isStopping = true
      return (state.running.values.map(\.task), ContinuousClock.now + options.grace)
    }
    let patience = Task {
      try await Task.sleep(until: deadline, clock: .continuous)
      state.withLock { state in
        for running in state.running.values { running.task.cancel() }
      }
    }
    for task in tasks { await task.value }
    patience.cancel()
    do {
      try await settle()
    } catch {
      // Nobody prolongs the hold on them, and other nodes take them.
      logger.warning("Jobs could not be handed back", metadata: ["error": "\(error)"])
    }
    state.withLock { $0.isStopping = false }
  }
}

/// A job that this node works on.
struct RunningJob {
  /// Why its task was cancelled by this node.
  enum End {
    case asked
    case tookTooLong
    case lost
  }

  let job: ClaimedJob
  let run: JobRun
  let task: Task<Void, Never>
  let startedAt: ContinuousClock.Instant
  var end: End?

  /// What a failed attempt means when the node itself had cancelled it.
  func settled(_ outcome: Settlement.Outcome, isStopping: Bool) -> Settlement.Outcome {
    guard outcome != .finished, task.isCancelled else { return outcome }
    switch end {
    case .asked: return .cancelled
    case .tookTooLong:
      switch outcome {
      case .failed(_, let pause): return .failed(reason: "took longer than its limit", pause: pause)
      case .dead: return .dead(reason: "took longer than its limit")
      default: return outcome
      }
    case .lost: return outcome
    case nil: return isStopping ? .handedBack : outcome
    }
  }
}
