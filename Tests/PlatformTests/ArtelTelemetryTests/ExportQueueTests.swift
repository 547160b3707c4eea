import ArtelTesting
import Synchronization
import Testing

@testable import ArtelTelemetry

/// A receiver that answers as it is told and remembers what it got.
private final class Receiver: Sendable {
  private let state = Mutex((answers: [Delivery](), batches: [[Int]]()))

  init(_ answers: Delivery...) {
    state.withLock { $0.answers = answers }
  }

  var batches: [[Int]] { state.withLock { $0.batches } }

  /// The answers in order, then always the last one.
  func take(_ batch: [Int]) -> Delivery {
    state.withLock { state in
      state.batches.append(batch)
      return state.answers.count > 1 ? state.answers.removeFirst() : state.answers[0]
    }
  }
}

@Suite("The queue of an export")
struct ExportQueueTests {
  private let registry = MetricRegistry()
  private var meter: ExportMeter { ExportMeter("test", in: registry) }

  private func limits(capacity: Int = 100, batch: Int = 10, attempts: Int = 3)
    -> ExportQueue<Int>.Limits
  {
    .init(
      capacity: capacity,
      batch: batch,
      linger: .milliseconds(1),
      attempts: attempts,
      pause: .milliseconds(1),
      longestPause: .milliseconds(5),
      farewell: .seconds(60)
    )
  }

  @Test func `delivers everything in order and in batches`() async throws {
    let receiver = Receiver(.delivered)
    let queue = ExportQueue(limits(), meter: meter) { receiver.take($0) }
    for number in 0..<25 { queue.offer(number) }
    let run = Task { await queue.run() }

    try await eventually("all were sent") { meter.sent.value == 25 }

    run.cancel()
    await run.value
    #expect(receiver.batches.flatMap(\.self) == Array(0..<25))
    #expect(receiver.batches.allSatisfy { $0.count <= 10 })
    #expect(meter.waiting.value == 0)
  }

  // Fails when a delivery that was broken off counts as one that failed: 3 dropped.
  @Test func `delivers at the end what the end broke off`() async throws {
    let calls = Mutex(0)
    let (silence, _) = AsyncStream.makeStream(of: Void.self)
    let queue = ExportQueue(limits(), meter: meter) { _ in
      let isFirst = calls.withLock { calls in
        calls += 1
        return calls == 1
      }
      guard isFirst else { return .delivered }
      for await _ in silence {}
      return .later(nil)
    }
    for number in 0..<3 { queue.offer(number) }
    let run = Task { await queue.run() }
    try await eventually("a delivery is under way") { calls.withLock { $0 } == 1 }

    run.cancel()
    await run.value

    #expect(meter.sent.value == 3)
    #expect(meter.dropped.value == 0)
    #expect(meter.waiting.value == 0)
  }

  // Fails without the bound: 0 dropped, 1,000 wait.
  @Test func `drops what does not fit, and counts it`() {
    let queue = ExportQueue(limits(capacity: 100), meter: meter) { _ in .delivered }

    for number in 0..<1000 { queue.offer(number) }

    #expect(meter.waiting.value == 100)
    #expect(meter.dropped.value == 900)
  }

  // Fails without another attempt: nothing was sent.
  @Test func `sends again what a receiver could not take just now`() async throws {
    let receiver = Receiver(.later(nil), .later(.zero), .delivered)
    let queue = ExportQueue(limits(), meter: meter) { receiver.take($0) }
    for number in 0..<3 { queue.offer(number) }
    let run = Task { await queue.run() }

    try await eventually("all were sent") { meter.sent.value == 3 }

    run.cancel()
    await run.value
    #expect(receiver.batches == [[0, 1, 2], [0, 1, 2], [0, 1, 2]])
    #expect(meter.failures.value == 2)
    #expect(meter.dropped.value == 0)
  }

  // Fails without another attempt, too: the first batch is given up at once.
  @Test func `gives up after some attempts and goes on with the next`() async throws {
    let receiver = Receiver(.later(nil), .later(nil), .later(nil), .delivered)
    let queue = ExportQueue(limits(batch: 2), meter: meter) { receiver.take($0) }
    for number in 0..<4 { queue.offer(number) }
    let run = Task { await queue.run() }

    try await eventually("the next were sent") { meter.sent.value == 2 }

    run.cancel()
    await run.value
    #expect(receiver.batches == [[0, 1], [0, 1], [0, 1], [2, 3]])
    #expect(meter.dropped.value == 2)
  }

  @Test func `does not send again what was refused`() async throws {
    let receiver = Receiver(.refused, .delivered)
    let queue = ExportQueue(limits(batch: 1), meter: meter) { receiver.take($0) }
    queue.offer(1)
    queue.offer(2)
    let run = Task { await queue.run() }

    try await eventually("the next was sent") { meter.sent.value == 1 }

    run.cancel()
    await run.value
    #expect(receiver.batches == [[1], [2]])
    #expect(meter.dropped.value == 1)
  }

  // Fails without the last delivery: nothing was received.
  @Test func `sends what waits when the process ends`() async {
    let receiver = Receiver(.delivered)
    let queue = ExportQueue(limits(), meter: meter) { receiver.take($0) }
    for number in 0..<5 { queue.offer(number) }
    let run = Task { await queue.run() }
    run.cancel()
    await run.value

    #expect(receiver.batches == [[0, 1, 2, 3, 4]])
    queue.offer(6)
    #expect(meter.dropped.value == 1)
  }

  @Test(arguments: [
    (200, "delivered"), (204, "delivered"), (400, "refused"), (401, "refused"), (404, "refused"),
    (500, "refused"), (429, "later"), (502, "later"), (503, "later"), (504, "later"),
    (301, "refused"),
  ])
  func `knows from the status whether another attempt may help`(status: Int, outcome: String) {
    let delivery = ExportClient.delivery(status: status, retryAfter: nil)

    #expect("\(delivery)".hasPrefix(outcome))
  }
}
