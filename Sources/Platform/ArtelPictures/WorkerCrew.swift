import ArtelConcurrency
import Glibc
import Logging
import Synchronization

/// The workers of a ``PictureWorkshop``: started when needed, lent to one job at a time, ended when
/// idle.
///
/// Its calls block shortly: a process starts or ends.
final class WorkerCrew: Sendable {
  private struct Idle {
    let worker: WorkerProcess
    let jobs: Int
    let since: ContinuousClock.Instant
  }

  private struct State {
    var idle: [Idle] = []
    var busy: [ObjectIdentifier: (worker: WorkerProcess, jobs: Int)] = [:]
    var isStopped = false
    var hasJanitor = false
    var drained: [CheckedContinuation<Void, Never>] = []
  }

  private let program: String
  private let limits: PictureWorkshop.WorkerLimits
  private let environment: [String: String]
  private let pool: BlockingPool
  private let logger: Logger
  private let state = Mutex(State())

  init(
    program: String,
    limits: PictureWorkshop.WorkerLimits,
    environment: [String: String],
    pool: BlockingPool,
    logger: Logger
  ) {
    self.program = program
    self.limits = limits
    self.environment = environment
    self.pool = pool
    self.logger = logger
  }

  /// The process numbers of all workers.
  var processIDs: [Int32] {
    state.withLock { state in
      state.idle.map(\.worker.processID) + state.busy.values.map(\.worker.processID)
    }
  }

  /// The process numbers of the workers that have a job.
  var busyProcessIDs: [Int32] {
    state.withLock { $0.busy.values.map(\.worker.processID) }
  }

  var isStopped: Bool {
    state.withLock { $0.isStopped }
  }

  /// Lends an idle worker that is well, or a fresh one.
  func take() throws(PictureError) -> WorkerProcess {
    while true {
      let idle = try state.withLock { state throws(PictureError) in
        guard !state.isStopped else { throw .stopped }
        let idle = state.idle.popLast()
        if let idle {
          state.busy[ObjectIdentifier(idle.worker)] = (idle.worker, idle.jobs)
        }
        return idle
      }
      guard let idle else { return try start() }
      guard !idle.worker.isReady else {
        return idle.worker
      }
      discard(idle.worker, "ended while idle")
    }
  }

  /// Takes a worker back; ends it when it has served long or has grown.
  func giveBack(_ worker: WorkerProcess, residentKiB: Int) {
    let text = worker.takeText()
    if !text.isEmpty {
      logger.debug("A picture worker wrote.", metadata: ["text": "\(text)"])
    }
    let isWorn = residentKiB > limits.residentBytes / 1024
    let isKept = state.withLock { state in
      guard let jobs = state.busy[ObjectIdentifier(worker)]?.jobs, !state.isStopped, !isWorn,
        jobs + 1 < limits.jobs
      else { return false }
      // Both at once: as soon as it is idle, another job may have it.
      state.busy[ObjectIdentifier(worker)] = nil
      state.idle.append(Idle(worker: worker, jobs: jobs + 1, since: .now))
      return true
    }
    if isKept {
      startJanitor()
    } else {
      worker.end()
      leave(worker)
    }
  }

  /// Ends a worker that failed, and logs how it ended.
  func discard(_ worker: WorkerProcess, _ reason: String) {
    let text = worker.takeText()
    let ending = worker.end() ?? "unknown"
    if !isStopped {
      logger.warning(
        "A picture worker was replaced.",
        metadata: [
          "reason": "\(reason)", "ending": "\(ending)", "pid": "\(worker.processID)",
          "text": "\(text)",
        ]
      )
    }
    leave(worker)
  }

  /// Ends all workers, also those with a job, and starts no more; returns when they have ended.
  func stop() async {
    let (idle, busy) = state.withLock { state in
      state.isStopped = true
      defer { state.idle = [] }
      return (state.idle, state.busy.values.map(\.worker))
    }
    for worker in busy {
      worker.kill()
    }
    await end(idle)
    await withCheckedContinuation { continuation in
      let isDrained = state.withLock { state in
        guard !state.busy.isEmpty else { return true }
        state.drained.append(continuation)
        return false
      }
      if isDrained {
        continuation.resume()
      }
    }
  }

  private func start() throws(PictureError) -> WorkerProcess {
    let worker: WorkerProcess
    do throws(SystemFailure) {
      let seconds = max(1, limits.jobTime.components.seconds)
      worker = try WorkerProcess(
        program: program,
        arguments: ["work", "\(getpid())", "\(limits.memoryBytes)", "\(seconds)"],
        environment: environment.merging(["MALLOC_ARENA_MAX": "1"]) { given, _ in given }
      )
    } catch {
      logger.error(
        "The picture worker cannot be started.",
        metadata: ["program": "\(program)", "reason": "\(error)"]
      )
      throw .workerUnavailable
    }
    let isWelcome = state.withLock { state in
      guard !state.isStopped else { return false }
      state.busy[ObjectIdentifier(worker)] = (worker, 0)
      return true
    }
    guard isWelcome else { throw .stopped }
    return worker
  }

  private func leave(_ worker: WorkerProcess) {
    let drained = state.withLock { state in
      state.busy[ObjectIdentifier(worker)] = nil
      guard state.busy.isEmpty else { return [CheckedContinuation<Void, Never>]() }
      defer { state.drained = [] }
      return state.drained
    }
    for continuation in drained {
      continuation.resume()
    }
  }

  /// Ends idle workers when their time has come; one task does it for all, and only while there are
  /// some.
  private func startJanitor() {
    let isNeeded = state.withLock { state in
      defer { state.hasJanitor = true }
      return !state.hasJanitor
    }
    guard isNeeded else { return }
    Task { [weak self] in
      while let next = await self?.endIdleWorkers() {
        try? await Task.sleep(until: next, clock: .continuous)
      }
    }
  }

  /// Ends those whose time has come and says when to look again; nil when none is left.
  private func endIdleWorkers() async -> ContinuousClock.Instant? {
    let (expired, next) = state.withLock { state in
      let limit = ContinuousClock.now - limits.idleTime
      let expired = state.idle.filter { $0.since <= limit }
      state.idle.removeAll { $0.since <= limit }
      let next = state.idle.map(\.since).min().map { $0 + limits.idleTime }
      // A job that runs now starts another janitor when its worker comes back.
      state.hasJanitor = next != nil
      return (expired, next)
    }
    await end(expired)
    return next
  }

  private func end(_ idle: [Idle]) async {
    for idle in idle {
      _ = try? await pool.run { idle.worker.end() }
    }
  }
}
