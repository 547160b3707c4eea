import Synchronization

/// Work in a ``BlockingQueue``, without the type of its result.
protocol BlockingWork: AnyObject, Sendable {
  /// Runs the work, unless its waiter has gone.
  func perform()

  /// Tells the waiter that the work will not run.
  func refuse(_ error: BlockingPoolError)
}

/// One call and the task that waits for it; the waiter is resumed exactly once.
final class BlockingCall<T: Sendable>: BlockingWork {
  private enum State {
    case created
    case waiting(CheckedContinuation<T, any Error>)
    case settled
  }

  private let body: @Sendable () throws -> T
  private let state = Mutex(State.created)

  init(_ body: @escaping @Sendable () throws -> T) {
    self.body = body
  }

  /// Keeps the continuation; false when the task was cancelled before (the continuation is then
  /// resumed).
  func wait(with continuation: CheckedContinuation<T, any Error>) -> Bool {
    let isWaiting = state.withLock { state in
      guard case .created = state else { return false }
      state = .waiting(continuation)
      return true
    }
    if !isWaiting {
      continuation.resume(throwing: CancellationError())
    }
    return isWaiting
  }

  func perform() {
    let isWanted = state.withLock { state in
      if case .waiting = state { true } else { false }
    }
    guard isWanted else { return }
    let result = Result { try body() }
    settle()?.resume(with: result)
  }

  func refuse(_ error: BlockingPoolError) {
    settle()?.resume(throwing: error)
  }

  /// Resumes the waiter with a `CancellationError`; true when there was one.
  func cancel() -> Bool {
    guard let continuation = settle() else { return false }
    continuation.resume(throwing: CancellationError())
    return true
  }

  private func settle() -> CheckedContinuation<T, any Error>? {
    state.withLock { state in
      defer { state = .settled }
      guard case .waiting(let continuation) = state else { return nil }
      return continuation
    }
  }
}
