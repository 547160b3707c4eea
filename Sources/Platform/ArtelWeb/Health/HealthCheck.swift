import Synchronization

/// One thing that must work before this process should get requests.
public struct HealthCheck: Sendable {
  /// The outcome of a check.
  enum Outcome: String, Sendable {
    case ok
    case failed
    case timedOut = "timed_out"
  }

  /// What is checked, such as `gallery database`.
  public let name: String

  /// How long the check may take; default 2 seconds.
  public let timeLimit: Duration

  private let check: @Sendable () async throws -> Void

  /// Makes a check.
  ///
  /// - Parameters:
  ///   - name: What is checked; shown to whoever asks.
  ///   - timeLimit: How long it may take; canceled afterwards.
  ///   - check: Throws when the thing does not work; the reason is not shown.
  public init(
    _ name: String,
    timeLimit: Duration = .seconds(2),
    check: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.timeLimit = timeLimit
    self.check = check
  }

  /// Runs the check; returns within the time limit even if it does not react to being canceled.
  func run() async -> Outcome {
    let race = Race()
    let work = Task {
      do {
        try await check()
        race.finish(.ok)
      } catch {
        race.finish(.failed)
      }
    }
    let timer = Task {
      try await Task.sleep(for: timeLimit)
      race.finish(.timedOut)
      work.cancel()
    }
    defer { timer.cancel() }
    return await race.outcome()
  }

  /// The first outcome wins.
  private final class Race: Sendable {
    private enum State {
      case open
      case waiting(CheckedContinuation<Outcome, Never>)
      case over(Outcome)
    }

    private let state = Mutex(State.open)

    func finish(_ outcome: Outcome) {
      let waiter: CheckedContinuation<Outcome, Never>? = state.withLock { state in
        switch state {
        case .open:
          state = .over(outcome)
          return nil
        case .waiting(let waiter):
          state = .over(outcome)
          return waiter
        case .over: return nil
        }
      }
      waiter?.resume(returning: outcome)
    }

    func outcome() async -> Outcome {
      await withCheckedContinuation { continuation in
        let known: Outcome? = state.withLock { state in
          if case .over(let outcome) = state { return outcome }
          state = .waiting(continuation)
          return nil
        }
        if let known { continuation.resume(returning: known) }
      }
    }
  }
}
