import NIOCore
import Synchronization

/// The way to a client over server-sent events: a text that goes on and on.
///
/// Source: HTML, 9.2.5.
final class EventStreamOutlet: Outlet {
  private struct State {
    var messages = 0
    var bytes = 0
    var isEnded = false
    var lastSent = ContinuousClock.now
    var waiters: [CheckedContinuation<Void, Never>] = []
    var cutting: Scheduled<Void>?
  }

  private struct Piece: Sendable {
    let bytes: ByteBuffer
    let messages: Int
  }

  private let settings: RealtimeSettings
  private let channel: any Channel
  private let state = Mutex(State())
  private let pieces: AsyncStream<Piece>
  private let continuation: AsyncStream<Piece>.Continuation

  /// - channel: The client's connection, which is cut when it does not take the end.
  init(settings: RealtimeSettings, channel: any Channel) {
    self.settings = settings
    self.channel = channel
    (pieces, continuation) = AsyncStream.makeStream()
  }

  /// Writes what is sent until it ends; `write` waits as long as the connection takes nothing.
  func run(_ write: (ByteBuffer) async throws -> Void) async throws {
    defer { close() }
    channel.closeFuture.whenComplete { [continuation] _ in continuation.finish() }
    for await piece in pieces {
      try await write(piece.bytes)
      let waiters = state.withLock { state in
        state.messages -= piece.messages
        state.bytes -= piece.bytes.readableBytes
        guard state.bytes == 0 else { return [CheckedContinuation<Void, Never>]() }
        defer { state.waiters = [] }
        return state.waiters
      }
      for waiter in waiters { waiter.resume() }
    }
  }

  func send(_ portion: Portion, at position: Position) -> Bool {
    var position = position
    var bytes = ByteBuffer()
    for message in portion.messages {
      position[portion.log] = Position.Mark(epoch: portion.epoch, point: message.point)
      Self.write(message.text, at: position, to: &bytes)
    }
    return enqueue(bytes, messages: portion.messages.count, isRefusable: true)
  }

  func send(_ message: String, at position: Position) {
    var bytes = ByteBuffer()
    Self.write(message, at: position, to: &bytes)
    _ = enqueue(bytes, messages: 0, isRefusable: false)
  }

  func keepAlive(at instant: ContinuousClock.Instant) {
    let isDue = state.withLock { $0.lastSent + settings.pingInterval <= instant && $0.bytes == 0 }
    if isDue { _ = enqueue(ByteBuffer(string: ":\n\n"), messages: 0, isRefusable: false) }
  }

  func drained() async {
    await withCheckedContinuation { continuation in
      let isNow = state.withLock { state in
        if state.isEnded || state.bytes == 0 { return true }
        state.waiters.append(continuation)
        return false
      }
      if isNow { continuation.resume() }
    }
  }

  func end(_ ending: Ending, message: String, at position: Position) {
    send(message, at: position)
    continuation.finish()
    // A client that reads nothing would keep its place for as long as it likes.
    let cutting = channel.eventLoop.scheduleTask(in: TimeAmount(settings.closingTime)) {
      [channel] in
      channel.close(promise: nil)
    }
    let isOver = state.withLock { state in
      state.cutting = cutting
      return state.isEnded
    }
    if isOver { cutting.cancel() }
  }

  private func enqueue(_ bytes: ByteBuffer, messages: Int, isRefusable: Bool) -> Bool {
    state.withLock { state in
      guard !state.isEnded else { return true }
      if isRefusable,
        state.messages >= settings.queuedUpdates || state.bytes >= settings.queuedBytes
      {
        return false
      }
      state.messages += messages
      state.bytes += bytes.readableBytes
      state.lastSent = .now
      continuation.yield(Piece(bytes: bytes, messages: messages))
      return true
    }
  }

  private func close() {
    continuation.finish()
    let (waiters, cutting) = state.withLock { state in
      state.isEnded = true
      defer { state.waiters = [] }
      return (state.waiters, state.cutting)
    }
    // The connection may go on with another request.
    cutting?.cancel()
    for waiter in waiters { waiter.resume() }
  }

  private static func write(_ text: String, at position: Position, to bytes: inout ByteBuffer) {
    // JSON has no line breaks of its own, so one line of data holds it.
    bytes.writeString("id: \(position.text)\ndata: \(text)\n\n")
  }
}
