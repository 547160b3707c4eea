import Synchronization

/// One call of a ``PictureWorkshop`` on its way through a thread of the pool.
///
/// A cancelled waiter ends the worker that has its job and waits until the job has let go of its
/// files.
final class PictureJob: Sendable {
  private enum Phase {
    case waiting
    case running(WorkerProcess?)
    case ended
  }

  private struct State {
    var phase = Phase.waiting
    var isCancelled = false
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// Whether the waiting task is gone.
  var isCancelled: Bool {
    state.withLock { $0.isCancelled }
  }

  /// Runs the job on the calling thread, unless it was cancelled before.
  func run<T>(_ body: () throws(PictureError) -> T) throws(PictureError) -> T {
    let isWanted = state.withLock { state in
      guard !state.isCancelled else { return false }
      state.phase = .running(nil)
      return true
    }
    guard isWanted else { throw .cancelled }
    defer { end() }
    return try body()
  }

  /// Names the worker to end on cancellation.
  func use(_ worker: WorkerProcess) {
    state.withLock { state in
      state.phase = .running(worker)
      if state.isCancelled { worker.kill() }
    }
  }

  /// Spares the worker from now on; false when it was ended already.
  func spare() -> Bool {
    state.withLock { state in
      state.phase = .running(nil)
      return !state.isCancelled
    }
  }

  /// Ends the worker that has the job; under the lock, as another job may have it a moment later.
  func cancel() {
    state.withLock { state in
      state.isCancelled = true
      if case .running(let worker) = state.phase { worker?.kill() }
    }
  }

  /// Waits for the end of a job that runs; returns at once when it does not.
  func waitForEnd() async {
    await withCheckedContinuation { continuation in
      let isRunning = state.withLock { state in
        guard case .running = state.phase else { return false }
        state.waiters.append(continuation)
        return true
      }
      if !isRunning {
        continuation.resume()
      }
    }
  }

  private func end() {
    let waiters = state.withLock { state in
      state.phase = .ended
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters {
      waiter.resume()
    }
  }
}
