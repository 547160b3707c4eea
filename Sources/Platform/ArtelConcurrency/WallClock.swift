public import FoundationEssentials
import Synchronization

/// Tells the time of day; passed to whatever stores or compares dates, so that tests choose the
/// time.
public struct WallClock: Sendable {
  /// The present date.
  public var now: @Sendable () -> Date

  /// Makes a clock from a closure.
  public init(now: @escaping @Sendable () -> Date) {
    self.now = now
  }

  /// The clock of the machine.
  public static let system = WallClock { Date() }

  /// A clock that always shows `date`.
  public static func fixed(_ date: Date) -> WallClock {
    WallClock { date }
  }
}

/// A clock that moves only when told to; for tests.
public final class AdjustableClock: Sendable {
  private let date: Mutex<Date>

  /// Makes a clock that shows `date`.
  public init(_ date: Date) {
    self.date = Mutex(date)
  }

  /// The date it shows.
  public var now: Date {
    date.withLock { $0 }
  }

  /// The same clock in the form its users take.
  public var wallClock: WallClock {
    WallClock { self.now }
  }

  /// Moves the clock; negative durations move it back.
  public func advance(by duration: Duration) {
    let (seconds, attoseconds) = duration.components
    date.withLock { $0 += TimeInterval(seconds) + TimeInterval(attoseconds) * 1e-18 }
  }

  /// Sets the clock.
  public func set(_ date: Date) {
    self.date.withLock { $0 = date }
  }
}
