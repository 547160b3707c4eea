import ArtelConcurrency
import Synchronization

/// Tells tasks that something on a topic was committed: those of this process at once and in
/// memory, those of other nodes by NOTIFY.
///
/// A NOTIFY holds a lock of the whole cluster while its transaction commits (PostgreSQL 15,
/// `PreCommit_Notify` in src/backend/commands/async.c), so it never stands in a transaction that
/// writes: all topics that were raised within 10 ms go out in one statement of their own.
final class SignalBoard: Sendable {
  private struct State {
    var waiting: [String: [UInt64: AsyncStream<Void>.Continuation]] = [:]
    var nextID: UInt64 = 0
    var unsent: Set<String> = []
    var isSending = false
    var listening: Task<Void, Never>?
    var isClosed = false
  }

  private static let channel = "artel_signals"
  private static let pause = Duration.milliseconds(10)

  /// Tells this process's own notifications from those of others.
  private let sender = UInt64.random(in: 0 ... .max)
  private let state = Mutex(State())
  private let listen: @Sendable ([String]) -> AsyncStream<ListenEvent>
  private let send: @Sendable (SQL) async throws -> Void

  init(
    listen: @escaping @Sendable ([String]) -> AsyncStream<ListenEvent>,
    send: @escaping @Sendable (SQL) async throws -> Void
  ) {
    self.listen = listen
    self.send = send
  }

  /// Wakes who waits for the topic.
  func raise(_ topic: String) {
    wake(topic)
    let isFirst = state.withLock { state in
      guard !state.isClosed else { return false }
      state.unsent.insert(topic)
      defer { state.isSending = true }
      return !state.isSending
    }
    // Detached: it must not count among the statements of the task that committed.
    if isFirst { Task.detached { await self.sendUnsent() } }
  }

  /// One element at once, one after each signal on the topic, one after each gap in listening, and
  /// one each `interval`; those that nobody took yet become one.
  func signals(on topic: String, atLeastEvery interval: Duration) -> AsyncStream<Void> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: Void.self,
      bufferingPolicy: .bufferingNewest(1)
    )
    let id = state.withLock { state -> UInt64? in
      guard !state.isClosed else { return nil }
      state.nextID += 1
      state.waiting[topic, default: [:]][state.nextID] = continuation
      if state.listening == nil { state.listening = Task.detached { await self.hear() } }
      return state.nextID
    }
    guard let id else {
      continuation.finish()
      return stream
    }
    let ticking = Task.detached {
      repeat {
        // A stream that ended before its handler was set has nobody who would end this task.
        if case .terminated = continuation.yield() { return }
      } while (try? await Task.sleep(for: interval)) != nil
    }
    continuation.onTermination = { _ in
      ticking.cancel()
      self.leave(topic, id)
    }
    return stream
  }

  func close() {
    let (waiting, listening) = state.withLock { state in
      state.isClosed = true
      defer {
        state.waiting = [:]
        state.listening = nil
      }
      return (state.waiting, state.listening)
    }
    listening?.cancel()
    for continuation in waiting.values.flatMap(\.values) { continuation.finish() }
  }

  private func leave(_ topic: String, _ id: UInt64) {
    let listening = state.withLock { state -> Task<Void, Never>? in
      state.waiting[topic]?[id] = nil
      if state.waiting[topic]?.isEmpty ?? false { state.waiting[topic] = nil }
      return state.waiting.isEmpty ? state.listening.take() : nil
    }
    listening?.cancel()
  }

  private func wake(_ topic: String) {
    let waiting = state.withLock { $0.waiting[topic] }
    for continuation in waiting.map({ Array($0.values) }) ?? [] { continuation.yield() }
  }

  private func wakeAll() {
    for topic in state.withLock({ Array($0.waiting.keys) }) { wake(topic) }
  }

  private func sendUnsent() async {
    while true {
      let topics = state.withLock { state -> [String] in
        defer { state.unsent = [] }
        state.isSending = !state.unsent.isEmpty
        return state.unsent.sorted()
      }
      guard !topics.isEmpty else { return }
      let messages = topics.map { "\(sender) \($0)" }
      // One that is lost is made up for by the other nodes' polling.
      try? await send(
        "select pg_notify(\(SignalBoard.channel), message) from unnest(\(messages)) as message"
      )
      try? await Task.sleep(for: SignalBoard.pause)
    }
  }

  private func hear() async {
    for await event in listen([SignalBoard.channel]) {
      switch event {
      case .gap: wakeAll()
      case .notification(_, let message, _):
        let parts = message.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] != "\(sender)" else { continue }
        wake(String(parts[1]))
      }
    }
  }
}
