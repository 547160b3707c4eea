import ArtelConcurrency
import Foundation
import Testing

@Suite("A token bucket")
struct TokenBucketTests {
  private let limit = RateLimit(5, per: .seconds(60))
  private let start = Date(timeIntervalSince1970: 1_750_000_000)

  @Test func `gives out the burst, then one permission per pace`() {
    var bucket = TokenBucket()
    let burst = (0..<6).map { _ in bucket.take(of: limit, at: start) }

    #expect(burst.map(\.isAllowed) == [true, true, true, true, true, false])
    #expect(burst.map(\.remaining) == [4, 3, 2, 1, 0, 0])
    #expect(burst[0].resetSeconds == 12)
    #expect(burst[5].retryAfterSeconds == 12)
    #expect(burst[5].resetSeconds == 60)

    #expect(bucket.take(of: limit, at: start + 11.9).isAllowed == false)
    #expect(bucket.take(of: limit, at: start + 12).isAllowed)
    #expect(bucket.take(of: limit, at: start + 12).isAllowed == false)
  }

  @Test func `is never fuller than full`() {
    var bucket = TokenBucket()
    _ = bucket.take(of: limit, at: start)

    let allowed = (0..<10).map { _ in bucket.take(of: limit, at: start + 86_400).isAllowed }

    #expect(allowed.filter { $0 }.count == 5)
  }

  @Test func `takes nothing when it refuses`() {
    var bucket = TokenBucket()
    _ = bucket.take(4, of: limit, at: start)

    #expect(bucket.take(2, of: limit, at: start).isAllowed == false)
    #expect(bucket.take(1, of: limit, at: start).isAllowed)
  }

  @Test func `never grants more than the burst at once`() {
    var bucket = TokenBucket()

    let verdict = bucket.take(6, of: limit, at: start)

    #expect(verdict.isAllowed == false)
    #expect(verdict.remaining == 5)
  }

  @Test func `makes nobody wait longer than the period when the clock steps back`() {
    var bucket = TokenBucket()
    for _ in 0..<5 {
      _ = bucket.take(of: limit, at: start)
    }

    let verdict = bucket.take(of: limit, at: start - 86_400)

    #expect(verdict.isAllowed == false)
    #expect(verdict.retryAfterSeconds == 12)
  }

  @Test func `gives out the promised number over a day of steady demand`() {
    var bucket = TokenBucket()

    let allowed = (0..<86_400).filter { second in
      bucket.take(of: limit, at: start + Double(second)).isAllowed
    }

    #expect(allowed.count == 5 + 86_399 / 12)
  }
}

@Suite("A rate limiter")
struct RateLimiterTests {
  private let clock = AdjustableClock(Date(timeIntervalSince1970: 1_750_000_000))

  @Test func `limits each key by itself`() {
    let limiter = RateLimiter(RateLimit(2, per: .seconds(60)), clock: clock.wallClock)

    let ada = (0..<3).map { _ in limiter.take(for: "ada").isAllowed }
    let grace = limiter.take(for: "grace").isAllowed

    #expect(ada == [true, true, false])
    #expect(grace)
    clock.advance(by: .seconds(30))
    #expect(limiter.take(for: "ada").isAllowed)
  }

  @Test func `remembers no more keys than it may, and the busiest stay`() {
    let limiter = RateLimiter(
      RateLimit(3, per: .seconds(3_600)),
      maximumKeys: 1_600,
      clock: clock.wallClock
    )
    for _ in 0..<3 {
      _ = limiter.take(for: "attacker")
    }

    for visitor in 0..<20_000 {
      _ = limiter.take(for: visitor)
    }

    #expect(limiter.rememberedKeys <= 1_600)
    #expect(limiter.take(for: "attacker").isAllowed == false)
  }

  @Test func `forgets full buckets when it needs the room`() {
    let limiter = RateLimiter(
      RateLimit(3, per: .seconds(3)),
      maximumKeys: 160,
      clock: clock.wallClock
    )
    for visitor in 0..<1_000 {
      _ = limiter.take(for: visitor)
    }
    clock.advance(by: .seconds(10))

    for visitor in 2_000..<2_200 {
      _ = limiter.take(for: visitor)
    }

    #expect(limiter.rememberedKeys <= 160)
  }

  @Test func `grants exactly the burst to many tasks at once`() async {
    let limiter = RateLimiter(RateLimit(100, per: .seconds(60)), clock: clock.wallClock)

    let allowed = await withTaskGroup(of: Int.self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<50).filter { _ in limiter.take(for: "ada").isAllowed }.count }
      }
      return await group.reduce(0, +)
    }

    #expect(allowed == 100)
  }
}
