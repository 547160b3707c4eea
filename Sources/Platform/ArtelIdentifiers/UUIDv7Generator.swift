import FoundationEssentials
import Synchronization

/// Makes UUIDs of version 7 whose order is the order of their making.
///
/// The first 48 bits are the time in milliseconds of UTC, the next free 12 bits a counter, the last
/// free 62 bits random (RFC 9562, section 6.2, method 1). The counter starts at a random number
/// below 2,048 in every millisecond; a counter that runs over and a clock that steps back carry on
/// from the greatest time given out so far.
///
/// Cost: one compare-and-exchange, one or two system calls for randomness. Safe from any thread.
public final class UUIDv7Generator: Sendable {
  /// The generator behind ``Identifier/generate()``; its order holds for the whole process.
  static let process = UUIDv7Generator()

  private let milliseconds: @Sendable () -> UInt64
  /// The last prefix given out: 48 bits of time, then 12 bits of counter.
  private let last = Atomic<UInt64>(0)

  /// Makes a generator with its own counter.
  ///
  /// - Parameter milliseconds: The time since 1970, in milliseconds of UTC; default: the system's.
  public init(milliseconds: @escaping @Sendable () -> UInt64 = UUIDv7Generator.systemMilliseconds) {
    self.milliseconds = milliseconds
  }

  /// The two halves of the next UUID, each most significant byte first.
  public func next() -> (high: UInt64, low: UInt64) {
    var random = SystemRandomNumberGenerator()
    let prefix = nextPrefix(&random)
    let high = (prefix >> 12) << 16 | 0x7000 | prefix & 0xFFF
    let low = 0b10 << 62 | random.next() >> 2
    return (high, low)
  }

  /// The time since 1970 by the system's clock, in milliseconds of UTC.
  @Sendable
  public static func systemMilliseconds() -> UInt64 {
    UInt64(max(0, Date().timeIntervalSince1970 * 1000))
  }

  private func nextPrefix(_ random: inout SystemRandomNumberGenerator) -> UInt64 {
    let now = milliseconds() & 0xFFFF_FFFF_FFFF
    var previous = last.load(ordering: .relaxed)
    while true {
      // Adding one carries a full counter into the time, which keeps the order.
      let prefix = now > previous >> 12 ? now << 12 | random.next() & 0x7FF : previous + 1
      let (exchanged, original) = last.compareExchange(
        expected: previous,
        desired: prefix,
        ordering: .relaxed
      )
      if exchanged { return prefix }
      previous = original
    }
  }
}
