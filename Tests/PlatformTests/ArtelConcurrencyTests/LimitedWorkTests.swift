import Synchronization
import Testing

@testable import ArtelConcurrency

@Suite("Work with a limit")
struct LimitedWorkTests {
  @Test func `returns what the work returns`() async {
    let work = LimitedWork(limit: .seconds(60)) { 42 }

    #expect(await work.value() == 42)
    #expect(await work.value() == 42)
  }

  // Fails when each caller starts it anew: 2 starts.
  @Test func `that hangs is waited for up to the limit, and runs once`() async {
    let gate = AsyncStream.makeStream(of: Void.self)
    let start = AsyncStream.makeStream(of: Void.self)
    let starts = Atomic(0)
    let work = LimitedWork(limit: .milliseconds(10)) {
      starts.add(1, ordering: .relaxed)
      start.continuation.finish()
      for await _ in gate.stream {}
      return 42
    }

    let values = await [work.value(), work.value()]

    // On a busy machine the limit may be over before the work has begun.
    for await _ in start.stream {}
    #expect(values == [nil, nil])
    #expect(starts.load(ordering: .relaxed) == 1)
    gate.continuation.finish()
  }

  @Test func `answers all who wait at once`() async {
    let gate = AsyncStream.makeStream(of: Void.self)
    let work = LimitedWork(limit: .seconds(60)) {
      for await _ in gate.stream {}
      return 42
    }
    let callers = (0..<50).map { _ in Task { await work.value() } }
    gate.continuation.finish()

    for caller in callers { #expect(await caller.value == 42) }
  }
}
