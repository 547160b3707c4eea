import Testing

@testable import ArtelCache

@Suite("The table of a cache")
struct CacheTableTests {
  @Test func `keeps within its limit, whatever is stored`() {
    var table = CacheTable<Int, Int>(limit: 1000)
    var random = SystemRandomNumberGenerator()
    var known: [Int: Int] = [:]

    for step in 0..<50_000 {
      let key = Int.random(in: 0..<300, using: &random)
      switch step % 5 {
      case 0: if table.remove(key) { known[key] = nil }
      case 1, 2: #expect(table.find(key) == known[key])
      default:
        let cost = Int.random(in: 1...60, using: &random)
        known[key] = step
        for evicted in table.insert(key, step, cost: cost) { known[evicted] = nil }
      }
      #expect(table.cost <= 1000)
      #expect(table.count == known.count)
    }
    #expect(known.allSatisfy { table.find($0) == $1 })
    for key in known.keys { table.remove(key) }
    #expect(table.cost == 0)
  }

  // Fails when find does not protect: after the scan none of the hundred is left.
  @Test func `keeps what is in use through a scan of others`() {
    var table = CacheTable<Int, String>(limit: 1000)
    for key in 0..<100 {
      _ = table.insert(key, "used", cost: 5)
      _ = table.find(key)
    }

    for key in 1000..<100_000 { _ = table.insert(key, "seen once", cost: 5) }

    #expect((0..<100).allSatisfy { table.find($0) == "used" })
  }

  @Test func `lets go of what was in use once and is no longer`() {
    var table = CacheTable<Int, String>(limit: 1000)
    for key in 0..<1000 {
      _ = table.insert(key, "old", cost: 10)
      _ = table.find(key)
    }

    for key in 1000..<1050 {
      _ = table.insert(key, "young", cost: 10)
      _ = table.find(key)
    }

    #expect((1000..<1050).allSatisfy { table.find($0) == "young" })
    #expect((0..<900).allSatisfy { table.find($0) == nil })
  }

  @Test func `does not take what would push out too much`() {
    var table = CacheTable<String, Int>(limit: 1000)
    _ = table.insert("small", 1, cost: 200)

    let evicted = table.insert("large", 2, cost: 201)

    #expect(evicted == [])
    #expect(table.find("large") == nil)
    #expect(table.find("small") == 1)
  }

  @Test func `replaces a value and its cost`() {
    var table = CacheTable<String, Int>(limit: 1000)
    _ = table.insert("key", 1, cost: 100)

    _ = table.insert("key", 2, cost: 50)

    #expect(table.find("key") == 2)
    #expect(table.cost == 50)
    #expect(table.count == 1)
  }
}
