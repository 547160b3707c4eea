import Synchronization

/// What is known about tokens, by digest, for at most as many tokens as its limit.
///
/// Every shard has a young and an old generation: when the young one is full it becomes the old
/// one, and what is found in the old one moves to the young. So values in use stay, and dropping
/// the rest costs nothing per value. Cost of a look-up: one uncontended lock and one or two hash
/// look-ups. Safe from any thread. Values do not expire: keep their end in them and check it.
public final class DigestCache<Value: Sendable>: Sendable {
  private let shards: [Shard]

  /// Makes an empty cache.
  ///
  /// - Parameter limit: Most values remembered, rounded down to a multiple of 32, at least 32.
  public init(limit: Int) {
    let generationLimit = max(1, limit / shardCount / 2)
    shards = (0..<shardCount).map { _ in Shard(generationLimit: generationLimit) }
  }

  /// The value remembered under a digest; setting nil forgets it.
  public subscript(digest: TokenDigest) -> Value? {
    get { shard(of: digest).generations.withLock { $0.find(digest) } }
    set {
      shard(of: digest).generations.withLock { generations in
        if let newValue {
          generations.insert(digest, newValue)
        } else {
          generations.remove(digest)
        }
      }
    }
  }

  private func shard(of digest: TokenDigest) -> Shard {
    shards[digest.spread & (shardCount - 1)]
  }

  private final class Shard: Sendable {
    let generations: Mutex<Generations<Value>>

    init(generationLimit: Int) {
      generations = Mutex(Generations(limit: generationLimit))
    }
  }
}

private let shardCount = 16

/// A bounded dictionary that forgets what was not looked up for longest, roughly.
private struct Generations<Value> {
  private let limit: Int
  private var young: [TokenDigest: Value] = [:]
  private var old: [TokenDigest: Value] = [:]

  /// - Parameter limit: Most entries in one of the two generations.
  init(limit: Int) {
    self.limit = limit
  }

  mutating func find(_ digest: TokenDigest) -> Value? {
    if let value = young[digest] { return value }
    guard let value = old.removeValue(forKey: digest) else { return nil }
    insert(digest, value)
    return value
  }

  mutating func insert(_ digest: TokenDigest, _ value: Value) {
    if young.count >= limit, young[digest] == nil {
      old = young
      young = [:]
    }
    old[digest] = nil
    young[digest] = value
  }

  mutating func remove(_ digest: TokenDigest) {
    young[digest] = nil
    old[digest] = nil
  }
}
