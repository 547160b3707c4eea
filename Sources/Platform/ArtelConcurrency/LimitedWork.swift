import Synchronization

/// Work that callers wait for up to a limit, and that runs once at a time however many wait.
///
/// Work that hangs is not started again and again: later callers wait for the run under way, each up
/// to the limit, so that it holds one thread and not one for each call.
public final class LimitedWork<Value: Sendable>: Sendable {
  private let limit: Duration
  private let work: @Sendable () async -> Value
  private let flight = Mutex<Flight<Value>?>(nil)

  /// Makes the work; nothing runs yet.
  ///
  /// - Parameters:
  ///   - limit: How long each caller waits.
  ///   - work: Runs in a task of its own, which is never canceled.
  public init(limit: Duration, _ work: @escaping @Sendable () async -> Value) {
    self.limit = limit
    self.work = work
  }

  /// What the run under way, or else a new one, returns; nil when that takes longer than the limit.
  @discardableResult
  public func value() async -> Value? {
    let (flight, isFirst) = flight.withLock { current -> (Flight<Value>, Bool) in
      if let current { return (current, false) }
      let begun = Flight<Value>()
      current = begun
      return (begun, true)
    }
    if isFirst {
      Task {
        let value = await work()
        self.flight.withLock { $0 = nil }
        flight.land(value)
      }
    }
    return await flight.value(within: limit)
  }
}

/// One run and those who wait for it; each waiter is resumed exactly once.
private final class Flight<Value: Sendable>: Sendable {
  private struct Waiter {
    let continuation: CheckedContinuation<Value?, Never>
    let timer: Task<Void, any Error>
  }

  private struct State {
    var value: Value?
    var waiters: [Int: Waiter] = [:]
    var nextWaiter = 0
  }

  private let state = Mutex(State())

  func land(_ value: Value) {
    let waiters = state.withLock { state in
      state.value = value
      defer { state.waiters = [:] }
      return state.waiters.values
    }
    for waiter in waiters {
      waiter.timer.cancel()
      waiter.continuation.resume(returning: value)
    }
  }

  func value(within limit: Duration) async -> Value? {
    await withCheckedContinuation { continuation in
      let landed: Value? = state.withLock { state in
        if let value = state.value { return value }
        state.nextWaiter += 1
        let number = state.nextWaiter
        let timer = Task {
          try await Task.sleep(for: limit)
          withdraw(number)
        }
        state.waiters[number] = Waiter(continuation: continuation, timer: timer)
        return nil
      }
      if let landed { continuation.resume(returning: landed) }
    }
  }

  private func withdraw(_ number: Int) {
    let waiter = state.withLock { $0.waiters.removeValue(forKey: number) }
    waiter?.continuation.resume(returning: nil)
  }
}
