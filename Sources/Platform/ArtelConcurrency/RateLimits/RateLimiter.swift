import FoundationEssentials
import Synchronization

/// One limit, applied to everybody by key, in the memory of this node.
///
/// A key is anything hashable, such as an address or a login. Only a 64-bit hash of it is kept,
/// with a seed of the process, so a colliding key cannot be chosen; memory is bounded by
/// `maximumKeys` (about 32 bytes each). When that many buckets are not full, those closest to being
/// full are forgotten, which is what costs the limit least. Cost of a call: one lock of one in 16
/// shards.
public final class RateLimiter: Sendable {
  /// How often each key may act.
  public let limit: RateLimit

  private static let shardCount = 16
  private let clock: WallClock
  private let shards: [Shard]

  /// Makes a limiter in which every bucket is full.
  ///
  /// - Parameters:
  ///   - limit: How often each key may act.
  ///   - maximumKeys: Most keys remembered; default 100,000.
  ///   - clock: The node's clock.
  public init(_ limit: RateLimit, maximumKeys: Int = 100_000, clock: WallClock) {
    self.limit = limit
    self.clock = clock
    let shardLimit = max(4, maximumKeys / Self.shardCount)
    shards = (0..<Self.shardCount).map { _ in Shard(limit: shardLimit) }
  }

  /// Takes `cost` permissions from the bucket of `key`, or none when there are fewer.
  public func take(_ cost: Int = 1, for key: some Hashable) -> RateVerdict {
    var hasher = Hasher()
    hasher.combine(key)
    let hash = UInt64(bitPattern: Int64(hasher.finalize()))
    let now = clock.now().nanosecondsSince1970
    let shard = shards[Int(truncatingIfNeeded: hash >> 60)]
    return shard.buckets.withLock { buckets in
      buckets.take(cost, hash, of: limit, atNanoseconds: now)
    }
  }

  /// How many keys are remembered now.
  public var rememberedKeys: Int {
    shards.reduce(0) { sum, shard in sum + shard.buckets.withLock { $0.count } }
  }

  private final class Shard: Sendable {
    let buckets: Mutex<BoundedBuckets>

    init(limit: Int) {
      buckets = Mutex(BoundedBuckets(limit: limit))
    }
  }
}
