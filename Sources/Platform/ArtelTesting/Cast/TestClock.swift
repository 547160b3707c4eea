public import ArtelConcurrency
public import FoundationEssentials

/// The clock of tests: it moves only when told to.
public typealias TestClock = AdjustableClock

extension AdjustableClock {
  /// When tests begin: 2026-03-01 12:00:00 UTC.
  public static let testStart = Date(timeIntervalSince1970: 1_772_366_400)

  /// Makes a clock that shows ``testStart``.
  public convenience init() {
    self.init(AdjustableClock.testStart)
  }
}
