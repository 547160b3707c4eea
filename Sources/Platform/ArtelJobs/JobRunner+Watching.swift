import ArtelConcurrency
import ArtelPostgres
import Foundation
import Logging
import Synchronization

extension JobRunner {
  /// Keeps this node's word, and looks after the jobs of silent nodes and after the schedules.
  ///
  /// Once a second; once a minute it removes what is over.
  func watch() async {
    var second = 0
    var isBehind = false
    let renewal = max(1, Int(ledger.lease / .seconds(3)))
    while (try? await Task.sleep(for: .milliseconds(ledger.lease < .seconds(3) ? 250 : 1000)))
      != nil
    {
      second += 1
      do {
        try await tend(renewing: second.isMultiple(of: renewal))
        if second.isMultiple(of: 60) { try await ledger.prune() }
        isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !isBehind {
          logger.warning("Jobs are not watched", metadata: ["error": "\(error)"])
        }
        isBehind = true
      }
    }
  }

  /// One look at the jobs that run, here and elsewhere, and at the schedules.
  func tend(renewing: Bool) async throws {
    let running = state.withLock { Array($0.running.values) }
    // Those that are completing hold their rows, and the end of that decides about them.
    let open = running.filter { !$0.run.isCompleting }
    try await ledger.write(running.compactMap { $0.run.takeProgress() })
    end(try await ledger.cancelled(among: open.map(\.job)), because: .asked)
    endOverdue()
    if renewing { end(try await ledger.renew(open.map(\.job)), because: .lost) }
    let rescued = try await ledger.rescue()
    if rescued > 0 {
      logger.warning("Jobs of a silent node were taken back", metadata: ["count": "\(rescued)"])
    }
    try await enqueueScheduled(at: clock.now())
  }

  private func endOverdue() {
    let now = ContinuousClock.now
    let overdue = state.withLock { state in
      state.running.values.filter { running in
        guard let limit = handlers[running.job.kind]?.options.timeLimit else { return false }
        return now - running.startedAt > limit
      }
    }
    end(Set(overdue.map(\.job.id)), because: .tookTooLong)
  }

  /// Cancels jobs; the first reason stays.
  private func end(_ ids: Set<JobID>, because reason: RunningJob.End) {
    state.withLock { state in
      for id in ids where state.running[id]?.end == nil {
        state.running[id]?.end = reason
        state.running[id]?.task.cancel()
      }
    }
  }
}

extension JobRunnerOptions {
  /// Such as `mira:4711`.
  public static var ownName: String {
    "\(ProcessInfo.processInfo.hostName):\(ProcessInfo.processInfo.processIdentifier)"
  }
}
