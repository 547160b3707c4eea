import ArtelPostgres
import Foundation
import Logging
import Synchronization

extension JobRunner {
  /// Prolongs the hold on this node's jobs, three times in its length.
  ///
  /// Apart from all other statements: one of them that waits, or fails, must not cost live jobs their
  /// holds.
  func keepHolds() async {
    let rest = ledger.hold / 3
    var pause = rest
    var isBehind = false
    while (try? await Task.sleep(for: pause)) != nil {
      let start = ContinuousClock.now
      do {
        end(try await ledger.renew(openJobs), because: .lost)
        pause = max(.zero, rest - (ContinuousClock.now - start))
        isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !isBehind {
          logger.warning("The hold on jobs is not prolonged", metadata: ["error": "\(error)"])
        }
        isBehind = true
        pause = min(.seconds(1), rest / 4)
      }
    }
  }

  /// Looks after called-off and overdue jobs, the jobs of silent nodes and the schedules.
  ///
  /// Once a second; once a minute it removes what is over.
  func watch() async {
    var round = 0
    var isBehind = false
    let pause = Duration.milliseconds(ledger.hold < .seconds(3) ? 250 : 1000)
    repeat {
      round += 1
      do {
        try await tend()
        if round.isMultiple(of: 60) {
          try await ledger.prune(keepingDead: handlers.compactMapValues(\.options.keepsDead))
        }
        isBehind = false
      } catch is CancellationError {
        return
      } catch {
        if !isBehind {
          logger.warning("Jobs are not watched", metadata: ["error": "\(error)"])
        }
        isBehind = true
      }
    } while (try? await Task.sleep(for: pause)) != nil
  }

  /// One look at the jobs that run, here and elsewhere, and at the schedules.
  func tend() async throws {
    endOverdue()
    end(try await ledger.cancelled(among: openJobs), because: .asked)
    let open = state.withLock { $0.running.values.filter(\.run.isOpen) }
    try await ledger.write(open.compactMap { $0.run.takeProgress() })
    log(try await ledger.rescue())
    try await enqueueScheduled()
  }

  private var openJobs: [ClaimedJob] {
    state.withLock { $0.running.values.filter(\.run.isOpen).map(\.job) }
  }

  private func log(_ rescued: [RescuedJob]) {
    guard !rescued.isEmpty else { return }
    logger.warning(
      "Jobs of a silent node were taken back",
      metadata: ["count": "\(rescued.count)"]
    )
    for job in rescued where job.isDead {
      logger.error(
        "A job is dead",
        metadata: [
          "kind": "\(job.kind)", "job": "\(job.id)", "attempt": "\(job.attempts)",
          "error": "\(job.reason)",
        ]
      )
    }
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
