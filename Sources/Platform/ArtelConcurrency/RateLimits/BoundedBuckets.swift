/// At most so many buckets; a bucket that is not stored is full.
struct BoundedBuckets {
  let limit: Int
  private var buckets: [UInt64: TokenBucket] = [:]

  init(limit: Int) {
    self.limit = limit
  }

  var count: Int { buckets.count }

  mutating func take(
    _ cost: Int,
    _ key: UInt64,
    of limit: RateLimit,
    atNanoseconds now: Int64
  ) -> RateVerdict {
    if buckets[key] == nil, buckets.count >= self.limit {
      makeRoom(atNanoseconds: now)
    }
    return buckets[key, default: TokenBucket()].take(cost, of: limit, atNanoseconds: now)
  }

  /// Drops the full buckets and, if more than three quarters are left, also those closest to full.
  ///
  /// At least a quarter of the room is free afterwards, so the cost per new key is constant.
  private mutating func makeRoom(atNanoseconds now: Int64) {
    buckets = buckets.filter { $0.value.fullAtNanoseconds > now }
    let keep = limit * 3 / 4
    guard buckets.count > keep else { return }
    let emptiestFirst = buckets.sorted { left, right in
      left.value.fullAtNanoseconds > right.value.fullAtNanoseconds
    }
    let kept = emptiestFirst.prefix(keep).map { ($0.key, $0.value) }
    buckets = Dictionary(uniqueKeysWithValues: kept)
  }
}
