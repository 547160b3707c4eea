import ArtelIdentifiers
import Foundation
import Synchronization
import Testing

private enum Thing {}
private typealias ThingID = Identifier<Thing>

@Suite("A UUIDv7 generator")
struct UUIDv7GeneratorTests {
  @Test func `carries version, variant and time`() throws {
    let generator = UUIDv7Generator(milliseconds: { 1_718_000_000_123 })

    let id = ThingID.generate(using: generator)

    #expect(id.rawValue.uuid.6 >> 4 == 7)
    #expect(id.rawValue.uuid.8 >> 6 == 0b10)
    #expect(id.createdAt == Date(timeIntervalSince1970: 1_718_000_000.123))
  }

  @Test func `keeps the order within one millisecond, past the end of the counter`() {
    let generator = UUIDv7Generator(milliseconds: { 1_718_000_000_123 })

    let ids = (0..<10_000).map { _ in ThingID.generate(using: generator) }

    #expect(zip(ids, ids.dropFirst()).allSatisfy(<))
  }

  @Test func `keeps the order when the clock steps back`() {
    let now = Atomic<UInt64>(1_718_000_000_123)
    let reading = ClockReading(now: now)
    let generator = UUIDv7Generator(milliseconds: { reading.now.load(ordering: .relaxed) })

    let before = ThingID.generate(using: generator)
    reading.now.store(1_717_000_000_000, ordering: .relaxed)
    let after = ThingID.generate(using: generator)

    #expect(before < after)
  }

  @Test func `keeps the order on every task and never repeats when many tasks share it`() async {
    let batches = await withTaskGroup(of: [ThingID].self) { group in
      for _ in 0..<8 {
        group.addTask { (0..<5_000).map { _ in ThingID.generate() } }
      }
      return await group.reduce(into: [[ThingID]]()) { $0.append($1) }
    }

    #expect(batches.allSatisfy { ids in zip(ids, ids.dropFirst()).allSatisfy(<) })
    #expect(Set(batches.joined()).count == 40_000)
    #expect(Set(batches.joined().map(\.high)).count == 40_000)
  }

  @Test func `a UUID of another version has no time of creation`() {
    #expect(ThingID(UUID()).createdAt == nil)
  }
}

private final class ClockReading: Sendable {
  let now: Atomic<UInt64>

  init(now: consuming Atomic<UInt64>) {
    self.now = now
  }
}
