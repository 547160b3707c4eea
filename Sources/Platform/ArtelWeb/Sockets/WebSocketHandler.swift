import DequeModule
import NIOCore
import NIOWebSocket
import Synchronization

/// The end of a WebSocket's connection: nothing of it reaches the HTTP handlers behind, nor do they
/// reach the connection once it is open.
///
/// Not sendable: belongs to the event loop of its connection.
final class WebSocketHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = WebSocketFrame
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  let decoder: WebSocketFrameDecoder
  private let limits: WebSocketLimits
  private var conversation: WebSocketConversation
  private var socket: WebSocket?
  private var onMessage: (@Sendable (WebSocket, String) -> Void)?
  private var context: ChannelHandlerContext?
  private var isOpen = false
  private var hasSentClose = false
  private var pings: RepeatedTask?
  private var wasHeard = true
  private var hasAsked = false
  private var messageWindow: (begin: NIODeadline, count: Int) = (.uptimeNanoseconds(0), 0)

  init(limits: WebSocketLimits) {
    self.limits = limits
    decoder = WebSocketFrameDecoder(maxFrameSize: limits.messageBytes)
    conversation = WebSocketConversation(limitBytes: limits.messageBytes)
  }

  /// Ties the handler to its socket; the two let go of each other when the connection closes.
  func begin(_ socket: WebSocket, _ onMessage: @escaping @Sendable (WebSocket, String) -> Void) {
    self.socket = socket
    self.onMessage = onMessage
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
  }

  /// Begins to speak.
  func open() {
    guard let context, context.channel.isActive else { return end() }
    isOpen = true
    let interval = TimeAmount(limits.pingInterval)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    pings = context.eventLoop.scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
      bound.value.ask()
    }
    context.read()
    pump()
  }

  /// Writes what waits, as long as the connection takes it.
  func pump() {
    guard isOpen, let context, let socket else { return }
    var hasWritten = false
    while context.channel.isWritable,
      let frames = socket.queue.withLock({ $0.takeNext() })
    {
      context.write(wrapOutboundOut(frames), promise: nil)
      hasWritten = true
    }
    let (closing, waiters) = socket.queue.withLock { queue in
      guard queue.waiting.isEmpty else {
        return (WebSocketCloseCode?.none, [CheckedContinuation<Void, Never>]())
      }
      defer { queue.drainWaiters = [] }
      return (queue.closing, queue.drainWaiters)
    }
    if hasWritten { context.flush() }
    for waiter in waiters { waiter.resume() }
    if let closing { sendClose(closing) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    wasHeard = true
    switch conversation.receive(unwrapInboundIn(data)) {
    case .nothing: break
    case .message(let text): take(text)
    case .pong(let payload):
      // Pongs are not queued; one that the connection does not take is left out.
      guard isOpen, context.channel.isWritable, !hasSentClose else { return }
      context.writeAndFlush(wrapOutboundOut(WebSocketFrames.pong(payload)), promise: nil)
    case .answerClose(let code):
      sendClose(code)
      context.close(promise: nil)
    case .fail(let code): socket?.close(code)
    }
  }

  private func take(_ text: String) {
    guard let socket else { return }
    let now = NIODeadline.now()
    if now - messageWindow.begin > .seconds(10) { messageWindow = (now, 0) }
    messageWindow.count += 1
    guard messageWindow.count <= limits.messagesPerTenSeconds else { return socket.close(.policy) }
    onMessage?(socket, text)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    // What stands behind does not read any more, and would hold back the connection's next reading.
    context.read()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOWebSocketError.invalidFrameLength: socket?.close(.tooLong)
    case is NIOWebSocketError: socket?.close(.protocolError)
    // What still arrives of a broken frame; closing at once would lose the word about it.
    case is ByteToMessageDecoderError: break
    default: context.close(promise: nil)
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      // A client that says nothing more cannot even close: half a WebSocket is none.
      context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { pump() }
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    // The answer to the handshake; afterwards HTTP has nothing to say here.
    guard !isOpen else {
      promise?.fail(ChannelError.operationUnsupported)
      return
    }
    context.write(data, promise: promise)
  }

  private func ask() {
    guard let context, !hasSentClose else { return }
    defer { wasHeard = false }
    if wasHeard {
      hasAsked = false
    } else if hasAsked {
      // It neither said anything nor answered for a whole interval.
      return context.close(promise: nil)
    }
    hasAsked = true
    if context.channel.isWritable {
      context.writeAndFlush(wrapOutboundOut(WebSocketFrames.ping()), promise: nil)
    }
  }

  private func sendClose(_ code: WebSocketCloseCode) {
    guard let context, !hasSentClose else { return }
    hasSentClose = true
    context.writeAndFlush(wrapOutboundOut(WebSocketFrames.close(code)), promise: nil)
  }

  private func end() {
    pings?.cancel()
    pings = nil
    context = nil
    isOpen = false
    let waiters = socket?.queue.withLock { queue in
      queue.isClosed = true
      queue.waiting.removeAll()
      defer { queue.drainWaiters = [] }
      return queue.drainWaiters
    }
    for waiter in waiters ?? [] { waiter.resume() }
    socket = nil
    onMessage = nil
  }
}
