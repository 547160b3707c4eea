import Testing

@testable import ArtelPostgres

@Suite("Who gets the next lease")
struct LeaseQueueTests {
  private typealias Queue = LeaseQueue<String, String>

  private func at(_ milliseconds: Int) -> Nanoseconds {
    Nanoseconds(rawValue: 0) + .milliseconds(milliseconds)
  }

  /// A queue whose only connection is out.
  private func exhausted() -> Queue {
    var queue = Queue(capacity: 1, waitingLimit: 2)
    _ = queue.acquire()
    return queue
  }

  @Test func `connections are opened only up to the capacity`() {
    var queue = Queue(capacity: 2, waitingLimit: 1)

    let acquired = (0..<3).map { _ in "\(queue.acquire())" }

    #expect(acquired == ["open", "open", "wait"])
  }

  @Test func `a connection given back is reused before another is opened`() {
    var queue = Queue(capacity: 2, waitingLimit: 1)
    _ = queue.acquire()
    _ = queue.release("one", now: at(0))

    #expect("\(queue.acquire())" == "use(\"one\")")
  }

  @Test func `waiters are served in the order they came`() {
    var queue = exhausted()
    _ = queue.wait("first", now: at(0))
    _ = queue.wait("second", now: at(1))

    #expect("\(queue.release("one", now: at(2)))" == "handOver(\"one\", to: \"first\")")
    #expect("\(queue.release("one", now: at(3)))" == "handOver(\"one\", to: \"second\")")
  }

  @Test func `a full queue refuses`() {
    var queue = exhausted()
    _ = queue.wait("first", now: at(0))
    _ = queue.wait("second", now: at(0))

    #expect("\(queue.acquire())" == "refuse")
  }

  @Test func `those who waited too long are taken out, the others stay`() {
    var queue = exhausted()
    _ = queue.wait("early", now: at(0))
    _ = queue.wait("late", now: at(100))

    #expect(queue.expire(before: at(50)) == ["early"])
    #expect(queue.waitingCount == 1)
  }

  @Test func `a waiter withdraws once and only before it is served`() {
    var queue = exhausted()
    let id = queue.wait("first", now: at(0))

    #expect(queue.withdraw(id) == "first")
    #expect(queue.withdraw(id) == nil)
  }

  @Test func `a connection that broke is replaced for the oldest waiter`() {
    var queue = exhausted()
    _ = queue.wait("first", now: at(0))

    #expect("\(queue.giveUp())" == "open(for: \"first\")")
    #expect(queue.count == 1)
  }

  @Test func `a connection that broke with nobody waiting frees its place`() {
    var queue = exhausted()

    #expect("\(queue.giveUp())" == "nothing")
    #expect("\(queue.acquire())" == "open")
  }

  @Test func `a connection that was lost while it rested is not handed out`() {
    var queue = Queue(capacity: 1, waitingLimit: 1)
    _ = queue.acquire()
    _ = queue.release("lost", now: at(0))

    #expect("\(queue.acquire(where: { $0 != "lost" }))" == "open")
    #expect(queue.count == 1)
  }

  @Test func `late reads get half of the connections, and more only as theirs come back`() {
    var queue = Queue(capacity: 4, waitingLimit: 9)

    let late = (0..<3).map { _ in "\(queue.acquire(isLate: true))" }
    _ = queue.wait("late", isLate: true, now: at(0))
    let others = (0..<2).map { _ in "\(queue.acquire())" }

    #expect(late == ["open", "open", "wait"])
    #expect(others == ["open", "open"])
    #expect("\(queue.release("one", now: at(1)))" == "rest")
    let released = queue.release("two", wasLate: true, now: at(2))
    #expect("\(released)" == "handOver(\"two\", to: \"late\")")
  }

  @Test func `a waiter behind late reads that may not have a connection yet gets it`() {
    var queue = Queue(capacity: 2, waitingLimit: 9)
    _ = queue.acquire(isLate: true)
    _ = queue.acquire()
    _ = queue.wait("late", isLate: true, now: at(0))
    _ = queue.wait("write", now: at(1))

    #expect("\(queue.release("one", now: at(2)))" == "handOver(\"one\", to: \"write\")")
  }

  @Test func `connections that rested too long are retired`() {
    var queue = Queue(capacity: 2, waitingLimit: 1)
    _ = queue.acquire()
    _ = queue.acquire()
    _ = queue.release("old", now: at(0))
    _ = queue.release("young", now: at(100))

    #expect(queue.retire(restingSinceBefore: at(50)) == ["old"])
    #expect(queue.count == 1)
  }
}
