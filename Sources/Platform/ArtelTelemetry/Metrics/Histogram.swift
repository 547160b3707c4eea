import Synchronization

/// Counts how often durations fell into which range.
///
/// Cost of observing: a search among about a dozen bounds and two atomic instructions, from any
/// thread; no lock, no memory.
///
/// `@unchecked Sendable`: the pointer is constant, the memory lives as long as the object, and all
/// of it is atomic.
public final class Histogram: @unchecked Sendable {
  /// Bounds for what takes milliseconds to seconds: from 1 ms to 30 s.
  public static let requestBounds: [Double] = [
    0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
  ]

  /// Bounds for what takes microseconds to seconds: from 100 µs to 5 s.
  public static let statementBounds: [Double] = [
    0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5,
  ]

  let bounds: [Double]
  private let boundsNanoseconds: [UInt64]
  /// One count for each bound, one for what is beyond the last.
  private let counts: UnsafeMutablePointer<Atomic<UInt64>>
  private let total = Atomic<UInt64>(0)

  init(bounds: [Double]) {
    precondition(bounds == bounds.sorted() && !bounds.isEmpty, "Bounds go up.")
    self.bounds = bounds
    boundsNanoseconds = bounds.map { UInt64(($0 * 1e9).rounded()) }
    counts = .allocate(capacity: bounds.count + 1)
    for index in 0...bounds.count { (counts + index).initialize(to: Atomic(0)) }
  }

  deinit {
    counts.deinitialize(count: bounds.count + 1)
    counts.deallocate()
  }

  /// Counts one duration in nanoseconds.
  public func observe(nanoseconds: UInt64) {
    var index = 0
    boundsNanoseconds.withUnsafeBufferPointer { bounds in
      while index < bounds.count, nanoseconds > bounds[index] { index += 1 }
    }
    counts[index].wrappingAdd(1, ordering: .relaxed)
    total.wrappingAdd(nanoseconds, ordering: .relaxed)
  }

  /// Counts one duration; negative ones as 0.
  public func observe(_ duration: Duration) {
    observe(nanoseconds: UInt64(max(0, duration / .nanoseconds(1))))
  }

  /// How many were counted.
  public var count: UInt64 { bucketCounts.reduce(0, +) }

  /// The sum of all, in seconds.
  public var sum: Double { Double(total.load(ordering: .relaxed)) / 1e9 }

  /// How many fell into each range, the last one without an end.
  var bucketCounts: [UInt64] {
    (0...bounds.count).map { counts[$0].load(ordering: .relaxed) }
  }
}
