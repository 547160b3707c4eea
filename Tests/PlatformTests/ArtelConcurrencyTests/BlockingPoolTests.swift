import ArtelConcurrency
import Foundation
import Synchronization
import Testing

@Suite("A blocking pool")
struct BlockingPoolTests {
  @Test func `returns what the work returns`() async throws {
    let pool = BlockingPool(name: "test", threads: 2)

    let answer = try await pool.run { 6 * 7 }

    #expect(answer == 42)
  }

  @Test func `throws what the work throws`() async throws {
    struct Refusal: Error {}
    let pool = BlockingPool(name: "test", threads: 1)

    await #expect(throws: Refusal.self) {
      try await pool.run { throw Refusal() }
    }
  }

  @Test func `runs work of many tasks, never more at once than it has threads`() async throws {
    let pool = BlockingPool(name: "test", threads: 3)
    let crowd = Crowd()

    let sum = try await withThrowingTaskGroup(of: Int.self) { group in
      for number in 1...500 {
        group.addTask {
          try await pool.run {
            crowd.enter()
            defer { crowd.leave() }
            return number
          }
        }
      }
      return try await group.reduce(0, +)
    }

    #expect(sum == 125_250)
    #expect(crowd.most <= 3)
  }

  @Test func `refuses work beyond the limit of its queue`() async throws {
    let pool = BlockingPool(name: "test", threads: 1, queueLimit: 0)
    let gate = Gate()
    let first = Task { try await pool.run { gate.enterAndWait() } }
    await gate.entered()

    await #expect(throws: BlockingPoolError.full) { try await pool.run {} }
    gate.open()
    try await first.value
  }

  @Test func `drops queued work whose waiter was cancelled`() async throws {
    let pool = BlockingPool(name: "test", threads: 1)
    let gate = Gate()
    let first = Task { try await pool.run { gate.enterAndWait() } }
    await gate.entered()
    let ran = Flag()
    let second = Task { try await pool.run { ran.raise() } }

    second.cancel()
    await #expect(throws: CancellationError.self) { try await second.value }
    gate.open()
    try await first.value
    try await pool.run {}

    #expect(!ran.isRaised)
  }

  @Test func `lets running work finish after its waiter was cancelled`() async throws {
    let pool = BlockingPool(name: "test", threads: 1)
    let gate = Gate()
    let finished = Flag()
    let task = Task {
      try await pool.run {
        gate.enterAndWait()
        finished.raise()
      }
    }
    await gate.entered()

    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    gate.open()
    try await pool.run {}

    #expect(finished.isRaised)
  }

  @Test func `refuses waiting and later work once stopped`() async throws {
    let pool = BlockingPool(name: "test", threads: 1)
    let gate = Gate()
    let running = Task { try await pool.run { gate.enterAndWait() } }
    await gate.entered()

    pool.stop()
    gate.open()

    await #expect(throws: BlockingPoolError.stopped) { try await pool.run {} }
    try await running.value
  }

  @Test func `names its threads`() async throws {
    let pool = BlockingPool(name: "artel-blocking-pool", threads: 1)

    let name = try await pool.run {
      try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    }

    #expect(name == "artel-blocking-\n")
  }
}

@Suite("A wall clock")
struct WallClockTests {
  @Test func `stands still when fixed`() {
    let clock = WallClock.fixed(Date(timeIntervalSince1970: 1))

    #expect(clock.now() == Date(timeIntervalSince1970: 1))
  }

  @Test func `moves by what it is told`() {
    let clock = AdjustableClock(Date(timeIntervalSince1970: 0))

    clock.advance(by: .milliseconds(1500))

    #expect(clock.wallClock.now() == Date(timeIntervalSince1970: 1.5))
  }
}

/// Counts those inside, and the most there were at once.
private final class Crowd: Sendable {
  private let count = Mutex((now: 0, most: 0))

  var most: Int { count.withLock { $0.most } }

  func enter() {
    count.withLock {
      $0.now += 1
      $0.most = max($0.most, $0.now)
    }
  }

  func leave() {
    count.withLock { $0.now -= 1 }
  }
}

private final class Flag: Sendable {
  private let state = Mutex(false)

  var isRaised: Bool { state.withLock { $0 } }

  func raise() {
    state.withLock { $0 = true }
  }
}

/// Holds a thread of the pool until the test opens it.
private final class Gate: Sendable {
  private let isEntered: AsyncStream<Void>
  private let enter: AsyncStream<Void>.Continuation
  private let door = DispatchSemaphore(value: 0)

  init() {
    (isEntered, enter) = AsyncStream.makeStream()
  }

  func enterAndWait() {
    enter.finish()
    door.wait()
  }

  func entered() async {
    for await _ in isEntered {}
  }

  func open() {
    door.signal()
  }
}
