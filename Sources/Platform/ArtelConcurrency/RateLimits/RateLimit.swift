/// How often something may be done: a burst, and the pace at which it fills up again.
public struct RateLimit: Hashable, Sendable {
  /// How many times in a row, from a standing start; at least 1.
  public let burst: Int

  /// How long it takes to get all of ``burst`` back.
  public let period: Duration

  /// Makes a limit of `burst` times, at most a million, per `period`, at most a year.
  public init(_ burst: Int, per period: Duration) {
    precondition(1...1_000_000 ~= burst && period > .zero && period <= .seconds(366 * 86_400))
    self.burst = burst
    self.period = period
  }

  /// `factor` times as often: for many people behind one address.
  public func times(_ factor: Int) -> RateLimit {
    RateLimit(burst * factor, per: period)
  }

  /// How long it takes to get one back, in nanoseconds.
  var paceNanoseconds: Int64 {
    let (seconds, attoseconds) = period.components
    return max(1, (seconds * 1_000_000_000 + attoseconds / 1_000_000_000) / Int64(burst))
  }
}
