import Testing

@testable import ArtelPostgres

private func second(_ seconds: UInt64) -> Nanoseconds {
  Nanoseconds(rawValue: seconds * 1_000_000_000)
}

@Suite("How far a replica is behind")
struct ReplicaLagTests {
  @Test func `nothing is known before the first measure`() {
    #expect(!ReplicaLag().isWithin(.seconds(1_000), now: second(1)))
  }

  @Test func `it is as fresh as the last position that it has reached`() {
    var lag = ReplicaLag()
    lag.primary(at: 100, asked: second(10))
    lag.replica(at: 100)
    lag.primary(at: 200, asked: second(12))
    lag.replica(at: 199)
    #expect(lag.isWithin(.seconds(3), now: second(13)))
    #expect(!lag.isWithin(.seconds(2), now: second(13)))

    lag.replica(at: 200)
    #expect(lag.isWithin(.seconds(1), now: second(13)))
  }

  @Test func `a replica that stands still ages, whatever the primary does`() {
    var lag = ReplicaLag()
    lag.primary(at: 100, asked: second(10))
    lag.replica(at: 100)
    for time in 11..<400 {
      lag.primary(at: 100 + Int64(time), asked: second(UInt64(time)))
      lag.replica(at: 100)
    }
    #expect(!lag.isWithin(.seconds(100), now: second(400)))
  }

  @Test func `an idle primary keeps its replica fresh`() {
    var lag = ReplicaLag()
    for time in 10..<20 {
      lag.primary(at: 100, asked: second(UInt64(time)))
      lag.replica(at: 100)
    }
    #expect(lag.isWithin(.seconds(1), now: second(20)))
  }

  @Test func `a lost replica is measured anew`() {
    var lag = ReplicaLag()
    lag.primary(at: 100, asked: second(10))
    lag.replica(at: 100)
    lag.lose()
    lag.replica(at: 500)
    #expect(!lag.isWithin(.seconds(100), now: second(11)))
  }
}
