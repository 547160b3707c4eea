import ArtelConcurrency
import Synchronization

/// What waits to be sent to another program, in bounded memory and never on the path of a request.
///
/// Offering takes a lock for an instant. What does not fit is dropped and counted, and so is what
/// the other program refuses or does not take in several attempts.
final class ExportQueue<Item: Sendable>: Sendable {
  struct Limits: Sendable {
    /// Most items that wait.
    var capacity = 8192
    /// Most items in one delivery.
    var batch = 512
    /// How long the first item waits for others.
    var linger: Duration = .milliseconds(500)
    /// Deliveries of the same items, the first included.
    var attempts = 5
    /// The pause before the second attempt; doubled for each further one, with jitter.
    var pause: Duration = .milliseconds(500)
    /// The longest pause.
    var longestPause: Duration = .seconds(30)
    /// How long the last delivery may take when the process ends.
    var farewell: Duration = .seconds(2)
  }

  private struct State {
    var waiting: [Item] = []
    var hasEnded = false
  }

  private let limits: Limits
  private let meter: ExportMeter
  private let deliver: @Sendable ([Item]) async -> Delivery
  private let state = Mutex(State())
  private let wakes: AsyncStream<Void>
  private let waking: AsyncStream<Void>.Continuation

  init(
    _ limits: Limits = Limits(),
    meter: ExportMeter,
    deliver: @escaping @Sendable ([Item]) async -> Delivery
  ) {
    self.limits = limits
    self.meter = meter
    self.deliver = deliver
    (wakes, waking) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Puts an item into the queue; drops it when the queue is full.
  func offer(_ item: Item) {
    let isFirst = state.withLock { state -> Bool? in
      guard state.waiting.count < limits.capacity, !state.hasEnded else { return nil }
      state.waiting.append(item)
      return state.waiting.count == 1
    }
    guard let isFirst else { return meter.dropped.add() }
    meter.waiting.add(1)
    if isFirst { waking.yield() }
  }

  /// Delivers until the task is canceled, then once more what waits.
  func run() async {
    for await _ in wakes {
      try? await Task.sleep(for: limits.linger)
      while !Task.isCancelled, let batch = take() {
        await send(batch)
      }
    }
    let rest = state.withLock { state in
      state.hasEnded = true
      defer { state.waiting = [] }
      return state.waiting
    }
    guard !rest.isEmpty else { return }
    meter.waiting.add(-rest.count)
    // In a task of its own: this one is canceled, and its calls would be, too.
    let last = LimitedWork(limit: limits.farewell) { [deliver, limits] in
      var sent = 0
      while sent < rest.count {
        let batch = Array(rest[sent...].prefix(limits.batch))
        guard case .delivered = await deliver(batch) else { break }
        sent += batch.count
      }
      return sent
    }
    let sent = await last.value() ?? 0
    meter.sent.add(sent)
    meter.dropped.add(rest.count - sent)
  }

  private func take() -> [Item]? {
    let batch = state.withLock { state in
      defer { state.waiting.removeFirst(min(limits.batch, state.waiting.count)) }
      return Array(state.waiting.prefix(limits.batch))
    }
    meter.waiting.add(-batch.count)
    return batch.isEmpty ? nil : batch
  }

  private func putBack(_ batch: [Item]) {
    state.withLock { $0.waiting.insert(contentsOf: batch, at: 0) }
    meter.waiting.add(batch.count)
  }

  private func send(_ batch: [Item]) async {
    var attempt = 1
    while true {
      switch await deliver(batch) {
      case .delivered: return meter.sent.add(batch.count)
      case .refused: return meter.dropped.add(batch.count)
      case .later(let wish):
        meter.failures.add()
        // What the end of the process broke off is part of the last delivery.
        if Task.isCancelled { return putBack(batch) }
        guard attempt < limits.attempts else { return meter.dropped.add(batch.count) }
        let pause = min(limits.pause * (1 << min(attempt - 1, 10)), limits.longestPause)
        // Many processes that lost the same receiver must not come back in step.
        let jittered = pause * Double.random(in: 0.5...1)
        try? await Task.sleep(for: max(jittered, min(wish ?? .zero, limits.longestPause)))
        if Task.isCancelled { return putBack(batch) }
        attempt += 1
      }
    }
  }
}

/// What became of a delivery.
enum Delivery: Sendable {
  case delivered
  /// Sending the same again would not help.
  case refused
  /// It may work later; the receiver may have said when.
  case later(Duration?)
}

/// What an operator sees of exports.
struct ExportMeter: Sendable {
  static let waitingItems = MetricFamily(
    .gauge,
    "artel_export_waiting",
    help: "Spans or faults that wait to be sent.",
    labels: ["target"]
  )
  static let sentItems = MetricFamily(
    .counter,
    "artel_export_sent_total",
    help: "Spans or faults that were taken by their receiver.",
    labels: ["target"]
  )
  static let droppedItems = MetricFamily(
    .counter,
    "artel_export_dropped_total",
    help: "Spans or faults that were dropped: no room, or not taken by their receiver.",
    labels: ["target"]
  )
  static let failedAttempts = MetricFamily(
    .counter,
    "artel_export_failures_total",
    help: "Attempts at sending that failed and could be repeated.",
    labels: ["target"]
  )

  /// Shows all of them from the start, also for what is sent nowhere.
  static func declare(in registry: MetricRegistry) {
    for target in ["traces", "faults"] { _ = ExportMeter(target, in: registry) }
  }

  let waiting: Gauge
  let sent: Counter
  let dropped: Counter
  let failures: Counter

  init(_ target: String, in registry: MetricRegistry) {
    waiting = registry.gauge(Self.waitingItems, target)
    sent = registry.counter(Self.sentItems, target)
    dropped = registry.counter(Self.droppedItems, target)
    failures = registry.counter(Self.failedAttempts, target)
  }
}
