import ArtelConcurrency

/// One thing that must work before this process should get requests.
///
/// A check that hangs runs once, however often it is asked for: whoever asks waits for its limit.
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

  private let work: LimitedWork<Outcome>

  /// Makes a check.
  ///
  /// - Parameters:
  ///   - name: What is checked; shown to whoever asks.
  ///   - timeLimit: How long it may take.
  ///   - check: Throws when the thing does not work; the reason is not shown. Never canceled.
  public init(
    _ name: String,
    timeLimit: Duration = .seconds(2),
    check: @escaping @Sendable () async throws -> Void
  ) {
    self.name = name
    self.timeLimit = timeLimit
    work = LimitedWork(limit: timeLimit) {
      do {
        try await check()
        return .ok
      } catch {
        return .failed
      }
    }
  }

  /// Whether the thing works now; answers within the time limit.
  public func passes() async -> Bool {
    await run().outcome == .ok
  }

  /// Runs the check, or waits for the run under way; returns within the time limit.
  func run() async -> (outcome: Outcome, nanoseconds: UInt64) {
    let start = MonotonicTime.nanoseconds()
    let outcome = await work.value() ?? .timedOut
    return (outcome, MonotonicTime.nanoseconds() - start)
  }
}
