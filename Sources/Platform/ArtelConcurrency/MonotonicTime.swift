import Glibc

/// The clock that durations are measured with.
public enum MonotonicTime {
  /// Nanoseconds since some moment before the process began; never goes back.
  ///
  /// Cost: about 20 ns, a tenth of `ContinuousClock`. Source: clock_gettime(2), CLOCK_MONOTONIC.
  public static func nanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
