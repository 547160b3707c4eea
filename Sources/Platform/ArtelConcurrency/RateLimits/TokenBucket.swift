public import FoundationEssentials

/// A bucket of permissions that fills up at a steady pace.
///
/// One moment is all it stores, that at which it will be full: a permission is a piece of time, and
/// taking one pushes that moment away. A full bucket therefore needs no memory at all.
public struct TokenBucket: Hashable, Sendable {
  /// When the bucket is full again, in nanoseconds since 1970: dates are too coarse to add up.
  private(set) var fullAtNanoseconds: Int64 = 0

  /// Makes a full bucket.
  public init() {}

  /// Takes `cost` permissions, or none when there are fewer.
  ///
  /// A clock that steps back never makes anybody wait longer than for a whole bucket.
  ///
  /// - Parameters:
  ///   - cost: 1 to a million; more than the burst is never granted.
  ///   - limit: The bucket's size and pace.
  ///   - now: The present date.
  /// - Returns: Whether they were taken, and how the bucket stands.
  public mutating func take(_ cost: Int = 1, of limit: RateLimit, at now: Date) -> RateVerdict {
    take(cost, of: limit, atNanoseconds: now.nanosecondsSince1970)
  }

  mutating func take(
    _ cost: Int,
    of limit: RateLimit,
    atNanoseconds now: Int64
  ) -> RateVerdict {
    let pace = limit.paceNanoseconds
    let full = pace * Int64(limit.burst)
    var missing = min(max(fullAtNanoseconds - now, 0), full)
    let excess = missing + pace * Int64(cost) - full
    if excess <= 0 {
      missing += pace * Int64(cost)
    }
    fullAtNanoseconds = now + missing
    return RateVerdict(
      isAllowed: excess <= 0,
      limit: limit.burst,
      remaining: Int((full - missing) / pace),
      reset: .nanoseconds(missing),
      retryAfter: excess > 0 ? .nanoseconds(min(excess, full)) : nil
    )
  }
}

extension Date {
  /// The date in nanoseconds since 1970, UTC.
  var nanosecondsSince1970: Int64 {
    Int64(timeIntervalSince1970 * 1_000_000_000)
  }
}

/// Whether something may be done, and what to tell the caller about the limit.
public struct RateVerdict: Hashable, Sendable {
  /// Whether it may be done now; when not, nothing was taken.
  public let isAllowed: Bool
  /// How many times in a row are allowed; header `RateLimit-Limit`.
  public let limit: Int
  /// How many times are left now; header `RateLimit-Remaining`.
  public let remaining: Int
  /// How long until all times are back; header `RateLimit-Reset`.
  public let reset: Duration
  /// How long to wait until it may be done; nil when it may be done now; header `Retry-After`.
  public let retryAfter: Duration?

  /// ``reset`` in whole seconds, rounded up.
  public var resetSeconds: Int { Self.wholeSeconds(reset) }

  /// ``retryAfter`` in whole seconds, rounded up, at least 1; nil when nobody has to wait.
  public var retryAfterSeconds: Int? { retryAfter.map { max(1, Self.wholeSeconds($0)) } }

  private static func wholeSeconds(_ duration: Duration) -> Int {
    let (seconds, attoseconds) = duration.components
    return Int(seconds) + (attoseconds > 0 ? 1 : 0)
  }
}
