public import ArtelPostgres
import Synchronization

/// One attempt at a job; given to its handler.
public final class JobRun: Sendable {
  /// Which job it is.
  public let id: JobID
  /// Which attempt this is, counted from 1.
  public let attempt: Int
  /// Whether the job is dead when this attempt fails.
  public let isLast: Bool

  private struct State {
    var progress: JobProgress?
    var isCompleting = false
    var isCompleted = false
  }

  private let claimed: ClaimedJob
  private let keeps: Duration
  private let ledger: JobLedger
  private let state = Mutex(State())

  init(_ claimed: ClaimedJob, keeps: Duration, ledger: JobLedger) {
    self.claimed = claimed
    self.keeps = keeps
    self.ledger = ledger
    id = claimed.id
    attempt = claimed.attempt
    isLast = claimed.attempt >= claimed.attemptsLimit
  }

  /// Says how much of the work is done, for operators to see; written about once a second.
  public func report(_ done: Int, of total: Int) {
    state.withLock { $0.progress = JobProgress(claimed, done: done, total: total) }
  }

  /// Runs `body` in the transaction that finishes the job, so that its effect is stored exactly once.
  ///
  /// - Throws: ``JobLost`` when the job is somebody else's by now, with nothing stored; what `body`
  ///   throws.
  public func complete<Result: Sendable>(
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    state.withLock { $0.isCompleting = true }
    defer { state.withLock { $0.isCompleting = false } }
    let result = try await ledger.db.transaction { tx in
      // First: the row's lock keeps others from taking the job until this transaction has ended.
      guard try await ledger.finish(claimed, keeps: keeps, in: tx) else { throw JobLost() }
      return try await body(tx)
    }
    state.withLock { $0.isCompleted = true }
    return result
  }

  /// Whether its row is there for all to see: no transaction holds it to finish the job, nor has one.
  var isOpen: Bool { state.withLock { !$0.isCompleting && !$0.isCompleted } }

  /// Whether it was finished in a transaction.
  var isCompleted: Bool { state.withLock { $0.isCompleted } }

  /// What was reported since the last time.
  func takeProgress() -> JobProgress? {
    state.withLock { $0.progress.take() }
  }
}

/// The node was silent for so long that others may have taken the job.
public struct JobLost: Error, CustomStringConvertible {
  /// Safe to show.
  public let description = "the job is not this node's any more"
}
