import ArtelConcurrency
import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import ArtelCache

@Suite("A cache")
struct CacheTests {
  private let clock = AdjustableClock(Date(timeIntervalSince1970: 1_772_366_400))
  private let words = CacheNamespace<Int, String>(
    "word",
    lifetime: .seconds(3600),
    absentLifetime: .seconds(10)
  )

  private func cache(limitBytes: Int = 1 << 20) -> Cache {
    Cache(limitBytes: limitBytes, clock: clock.wallClock)
  }

  @Test func `loads a value once and remembers it for its lifetime`() async throws {
    let (cache, source) = (cache(), Source())

    for _ in 0..<3 {
      #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 1")
      clock.advance(by: .seconds(1199))
    }
    clock.advance(by: .seconds(3))

    #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 2")
  }

  @Test func `remembers for a shorter time that there is nothing`() async throws {
    let cache = cache()
    let loads = Mutex(0)
    let load: @Sendable () -> String? = {
      loads.withLock { $0 += 1 }
      return nil
    }

    #expect(try await cache.value(of: 7, in: words, load: load) == nil)
    clock.advance(by: .seconds(9))
    #expect(try await cache.value(of: 7, in: words, load: load) == nil)
    #expect(loads.withLock { $0 } == 1)
    clock.advance(by: .seconds(1))
    #expect(try await cache.value(of: 7, in: words, load: load) == nil)

    #expect(loads.withLock { $0 } == 2)
  }

  @Test func `asks again when the clock was set back`() async throws {
    let (cache, source) = (cache(), Source())
    _ = try await cache.value(of: 7, in: words) { source.word(7) }

    clock.advance(by: .seconds(-86_400))

    #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 2")
  }

  // Fails when find never says that somebody is loading: a hundred loads.
  @Test func `runs one load for all who ask at once`() async throws {
    let (cache, source, gate) = (cache(), Source(), Gate())
    let words = words

    let answers = try await withThrowingTaskGroup(of: String?.self) { group in
      for _ in 0..<100 {
        group.addTask {
          try await cache.value(of: 7, in: words) {
            await gate.wait()
            return source.word(7)
          }
        }
      }
      try await arrival(of: 100, at: cache)
      gate.open()
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }

    #expect(answers == ["word 7, 1"])
    #expect(cache.statistics.namespaces["word"]?.loads == 1)
    #expect(cache.statistics.namespaces["word"]?.misses == 100)
  }

  @Test func `tells everybody of a failure and does not keep it`() async throws {
    let (cache, source, gate) = (cache(), Source(), Gate())
    let words = words

    let failures = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<10 {
        group.addTask {
          do {
            _ = try await cache.value(of: 7, in: words) {
              await gate.wait()
              throw Broken()
            }
            return false
          } catch is Broken {
            return true
          }
        }
      }
      try await arrival(of: 10, at: cache)
      gate.open()
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(failures == 10)
    #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 1")
    #expect(cache.statistics.namespaces["word"]?.failedLoads == 1)
  }

  // Fails when leave ends the flight: the second gets the CancellationError of the first.
  @Test func `goes on loading for the others when one stops waiting`() async throws {
    let (cache, source, gate) = (cache(), Source(), Gate())
    let words = words
    let load: @Sendable () async throws -> String? = {
      await gate.wait()
      try Task.checkCancellation()
      return source.word(7)
    }
    let first = Task { try await cache.value(of: 7, in: words, load: load) }
    try await arrival(of: 1, at: cache)
    let second = Task { try await cache.value(of: 7, in: words, load: load) }
    try await arrival(of: 2, at: cache)

    first.cancel()
    // At once, although the load goes on.
    await #expect(throws: CancellationError.self) { try await first.value }
    gate.open()

    #expect(try await second.value == "word 7, 1")
  }

  // Fails when land asks nothing: the third question gets the old word.
  @Test(arguments: [false, true])
  func `does not store what an invalidation has overtaken`(isWhole: Bool) async throws {
    let (cache, source, gate) = (cache(), Source(), Gate())
    let words = words
    let early = Task {
      try await cache.value(of: 7, in: words) {
        let word = source.word(7)
        await gate.wait()
        return word
      }
    }
    try await arrival(of: 1, at: cache)

    if isWhole { cache.invalidate(words) } else { cache.invalidate(words.key(7)) }
    // Who asks now must not join the load that began before.
    #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 2")
    gate.open()

    #expect(try await early.value == "word 7, 1")
    #expect(try await cache.value(of: 7, in: words) { source.word(7) } == "word 7, 2")
    #expect(cache.statistics.namespaces["word"]?.overtakenLoads == 1)
  }

  @Test func `loads all that is missing at once`() async throws {
    let (cache, source) = (cache(), Source())
    _ = try await cache.value(of: 2, in: words) { source.word(2) }
    let asked = Mutex<[[Int]]>([])

    let found = try await cache.values(of: [1, 2, 3, 3, 4], in: words) { missing in
      asked.withLock { $0.append(missing.sorted()) }
      return [1: source.word(1), 3: source.word(3)]
    }
    let again = try await cache.values(of: [1, 2, 3, 4], in: words) { missing in
      asked.withLock { $0.append(missing) }
      return [:]
    }

    #expect(found == [1: "word 1, 2", 2: "word 2, 1", 3: "word 3, 3"])
    #expect(again == found)
    // It is remembered that there is no fourth word, too.
    #expect(asked.withLock { $0 } == [[1, 3, 4]])
  }

  @Test func `joins what others are loading and loads the rest`() async throws {
    let (cache, source, gate) = (cache(), Source(), Gate())
    let words = words
    let other = Task {
      try await cache.values(of: [1, 2], in: words) { missing in
        await gate.wait()
        return Dictionary(uniqueKeysWithValues: missing.map { ($0, source.word($0)) })
      }
    }
    try await arrival(of: 2, at: cache)

    async let found = cache.values(of: [2, 3], in: words) { missing in
      #expect(missing == [3])
      gate.open()
      return [3: "three"]
    }

    #expect(try await found[3] == "three")
    #expect(try await found[2] == (try await other.value[2]))
    #expect(cache.statistics.namespaces["word"]?.loads == 2)
  }

  @Test func `forgets one value or one kind`() async throws {
    let (cache, source) = (cache(), Source())
    let others = CacheNamespace<Int, String>("other", lifetime: .seconds(3600))
    func sum() async throws -> Int {
      _ = try await cache.values(of: [1, 2], in: words) { source.words($0) }
      _ = try await cache.values(of: [1, 2], in: others) { source.words($0) }
      return source.count
    }
    #expect(try await sum() == 4)

    cache.invalidate(words.key(1))
    #expect(try await sum() == 5)
    cache.invalidate(others)
    #expect(try await sum() == 7)
    #expect(try await sum() == 7)
  }

  @Test func `stays within its bytes and keeps what is in use`() async throws {
    let (cache, source) = (cache(limitBytes: 100_000), Source())
    let texts = CacheNamespace<Int, String>("text", lifetime: .seconds(3600)) { $0.utf8.count }
    for _ in 0..<2 { _ = try await cache.value(of: 0, in: texts) { source.word(0) } }

    for id in 1...1000 {
      _ = try await cache.value(of: id, in: texts) { String(repeating: "a", count: 1000) }
      #expect(cache.statistics.bytes <= 100_000)
    }

    #expect(try await cache.value(of: 0, in: texts) { source.word(0) } == "word 0, 1")
    let statistics = cache.statistics
    #expect(statistics.limitBytes == 100_000)
    #expect((60...80).contains(statistics.entries))
    #expect((statistics.namespaces["text"]?.evictions ?? 0) > 900)
  }

  @Test func `counts hits and misses of each kind`() async throws {
    let (cache, source) = (cache(), Source())

    for id in [1, 1, 2, 1] { _ = try await cache.value(of: id, in: words) { source.word(id) } }

    let counts = try #require(cache.statistics.namespaces["word"])
    #expect(counts.hits == 2)
    #expect(counts.misses == 2)
    #expect(counts.loads == 2)
  }

  /// Returns once so many questions have not been answered from memory.
  private func arrival(of count: Int, at cache: Cache) async throws {
    try await eventually("so many have come") {
      cache.statistics.namespaces["word"]?.misses == count
    }
  }
}

private struct Broken: Error {}

/// What a cache stands before: words that tell which load they come from.
private final class Source: Sendable {
  private let loads = Mutex(0)

  var count: Int { loads.withLock { $0 } }

  func word(_ id: Int) -> String {
    let load = loads.withLock { loads -> Int in
      loads += 1
      return loads
    }
    return "word \(id), \(load)"
  }

  func words(_ ids: [Int]) -> [Int: String] {
    Dictionary(uniqueKeysWithValues: ids.map { ($0, word($0)) })
  }
}

/// Holds up whoever waits until it is opened.
private final class Gate: Sendable {
  private enum State {
    case closed([CheckedContinuation<Void, Never>])
    case open
  }

  private let state = Mutex(State.closed([]))

  func wait() async {
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        guard case .closed(let waiting) = state else { return true }
        state = .closed(waiting + [continuation])
        return false
      }
      if isOpen { continuation.resume() }
    }
  }

  func open() {
    let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard case .closed(let waiting) = state else { return [] }
      state = .open
      return waiting
    }
    for continuation in waiting { continuation.resume() }
  }
}
