import ArtelPostgres
import FoundationEssentials

/// What is to become of an event that a consumer could not take.
struct Deferral: Sendable, Equatable {
  enum State: String, PostgresCodable {
    /// Is tried again at ``Deferral/nextAttemptAt``.
    case waiting
    /// Comes after an earlier event of its aggregate.
    case queued
    /// Needs somebody who retries or skips it.
    case parked
  }

  var state: State
  var attempts = 0
  var nextAttemptAt: Date?
  var reason: String?

  /// Behind another one of its aggregate.
  static let behind = Deferral(state: .queued)

  /// Never to be tried by itself.
  static func parked(_ reason: String, attempts: Int) -> Deferral {
    Deferral(state: .parked, attempts: attempts, reason: reason.storable())
  }

  /// After an attempt that failed, as the schedule wants it.
  static func failed(
    _ error: any Error,
    attempts: Int,
    schedule: EventRetries,
    at now: Date
  ) -> Deferral {
    let reason = "\(error)"
    guard attempts < schedule.attempts else { return parked(reason, attempts: attempts) }
    let jitter = Double.random(in: EventRetries.jitter)
    let pause = schedule.pause(after: attempts) * jitter
    return Deferral(
      state: .waiting,
      attempts: attempts,
      nextAttemptAt: now + pause / .seconds(1),
      reason: reason.storable()
    )
  }
}

extension Deferral {
  init(from row: PostgresRow, at column: Int) throws {
    state = try row.decode(at: column)
    attempts = try row.decode(at: column + 1)
    nextAttemptAt = try row.decode(at: column + 2)
    reason = try row.decode(at: column + 3)
  }
}

/// How often and how late an event that failed is tried again.
public struct EventRetries: Sendable, Equatable {
  /// After how many attempts it is parked.
  ///
  /// Default 15, about an hour with the other defaults.
  public var attempts = 15

  /// The pause after the first attempt; doubled for each further one.
  ///
  /// Default 1 s.
  public var firstPause = Duration.seconds(1)

  /// The longest pause.
  ///
  /// Default 10 minutes.
  public var longestPause = Duration.seconds(600)

  /// The defaults.
  public init() {}

  /// What each pause is multiplied by, so that what failed together does not come back together.
  static let jitter = 0.75...1.25

  /// The pause after so many attempts, before jitter.
  func pause(after attempts: Int) -> Duration {
    min(firstPause * (1 << min(max(0, attempts - 1), 30)), longestPause)
  }
}
