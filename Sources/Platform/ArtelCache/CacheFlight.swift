import Synchronization

/// One load and everybody who waits for it.
///
/// The load runs in a task of its own: who stops waiting stops nobody else.
final class CacheFlight: Sendable {
  typealias Values = [String: any Sendable]

  private enum State {
    case flying(waiters: [Int: CheckedContinuation<Values, any Error>], next: Int)
    case landed(Result<Values, any Error>)
  }

  private let state = Mutex(State.flying(waiters: [:], next: 0))

  /// What the load brought, by id; ids without a value are absent.
  ///
  /// - Throws: What the load throws; `CancellationError`, at once, when the waiting task is
  ///   cancelled.
  var values: Values {
    get async throws {
      let number = state.withLock { state -> Int in
        guard case .flying(let waiters, let next) = state else { return 0 }
        state = .flying(waiters: waiters, next: next + 1)
        return next
      }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { wait(number, $0) }
      } onCancel: {
        leave(number)
      }
    }
  }

  func land(_ result: Result<Values, any Error>) {
    let waiters = state.withLock { state -> [CheckedContinuation<Values, any Error>] in
      guard case .flying(let waiters, _) = state else { return [] }
      state = .landed(result)
      return Array(waiters.values)
    }
    for waiter in waiters { waiter.resume(with: result) }
  }

  private func wait(_ number: Int, _ waiter: CheckedContinuation<Values, any Error>) {
    let result = state.withLock { state -> Result<Values, any Error>? in
      switch state {
      case .landed(let result): return result
      case .flying(var waiters, let next):
        // Cancelled before it came to wait: onCancel has found nobody to resume.
        if Task.isCancelled { return .failure(CancellationError()) }
        waiters[number] = waiter
        state = .flying(waiters: waiters, next: next)
        return nil
      }
    }
    if let result { waiter.resume(with: result) }
  }

  private func leave(_ number: Int) {
    let waiter = state.withLock { state -> CheckedContinuation<Values, any Error>? in
      guard case .flying(var waiters, let next) = state else { return nil }
      let waiter = waiters.removeValue(forKey: number)
      state = .flying(waiters: waiters, next: next)
      return waiter
    }
    waiter?.resume(throwing: CancellationError())
  }
}
