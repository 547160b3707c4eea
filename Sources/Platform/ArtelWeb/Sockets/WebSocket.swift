import DequeModule
public import NIOCore
import Synchronization

/// A connection on which server and client send each other text messages at any time.
///
/// Its calls never wait and may come from any task. Source: RFC 6455.
public final class WebSocket: Sendable {
  /// Messages that wait until the connection takes them.
  struct Queue {
    var waiting: Deque<(frames: ByteBuffer, count: Int)> = []
    var bytes = 0
    var count = 0
    /// Whether the event loop was told, or waits until the connection takes more.
    var isPumping = false
    var closing: WebSocketCloseCode?
    var isClosed = false
    var drainWaiters: [CheckedContinuation<Void, Never>] = []

    /// What is to be written next; nil when nothing waits, and then the next to send starts the pump.
    ///
    /// Both under one lock: a message that came in between would wait for a pump that nobody starts.
    mutating func takeNext() -> ByteBuffer? {
      guard let next = waiting.popFirst() else {
        isPumping = false
        return nil
      }
      bytes -= next.frames.readableBytes
      count -= next.count
      return next.frames
    }
  }

  let channel: any Channel
  let limits: WebSocketLimits
  let queue = Mutex(Queue())
  private let handler: NIOLoopBound<WebSocketHandler>

  /// Takes over a channel, on its event loop: from now on it belongs to the socket.
  ///
  /// `onMessage` is called on the event loop for each message of the client.
  ///
  /// - Throws: When the channel is closed already.
  init(
    on channel: any Channel,
    limits: WebSocketLimits,
    onMessage: @escaping @Sendable (WebSocket, String) -> Void
  ) throws {
    self.channel = channel
    self.limits = limits
    let handler = WebSocketHandler(limits: limits)
    self.handler = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    // In front of the HTTP handlers, which stay: they see nothing more of the connection.
    try channel.pipeline.syncOperations.addHandlers(
      [ByteToMessageHandler(handler.decoder), handler],
      position: .first
    )
    handler.begin(self, onMessage)
  }

  /// Sends `count` messages that are already frames, in order; see ``WebSocketFrames``.
  ///
  /// - Returns: False when so many wait that these were refused.
  @discardableResult
  public func send(_ frames: ByteBuffer, count: Int = 1) -> Bool {
    let (isTaken, starts) = queue.withLock { queue in
      guard !queue.isClosed, queue.closing == nil else { return (true, false) }
      guard queue.count < limits.queuedMessages, queue.bytes < limits.queuedBytes else {
        return (false, false)
      }
      queue.waiting.append((frames, count))
      queue.bytes += frames.readableBytes
      queue.count += count
      defer { queue.isPumping = true }
      return (true, !queue.isPumping)
    }
    if starts { pump() }
    return isTaken
  }

  /// Closes the connection behind what waits, and behind a last message that is never refused.
  public func close(_ code: WebSocketCloseCode, after last: ByteBuffer? = nil) {
    let begins = queue.withLock { queue in
      guard !queue.isClosed, queue.closing == nil else { return false }
      if let last { queue.waiting.append((last, 0)) }
      queue.bytes += last?.readableBytes ?? 0
      queue.closing = code
      return true
    }
    guard begins else { return }
    pump()
    channel.eventLoop.scheduleTask(in: TimeAmount(limits.closingTime)) { [channel] in
      channel.close(promise: nil)
    }
  }

  /// Returns once nothing waits, or the connection is closed.
  public func drained() async {
    await withCheckedContinuation { continuation in
      let isNow = queue.withLock { queue in
        if queue.isClosed || queue.waiting.isEmpty { return true }
        queue.drainWaiters.append(continuation)
        return false
      }
      if isNow { continuation.resume() }
    }
  }

  /// Returns once the connection is closed.
  public func closed() async {
    try? await channel.closeFuture.get()
  }

  /// Lets the connection speak, once the answer to the handshake was written.
  func open() async throws {
    try await channel.eventLoop.submit { [handler] in handler.value.open() }.get()
  }

  private func pump() {
    channel.eventLoop.execute { [handler] in handler.value.pump() }
  }
}
