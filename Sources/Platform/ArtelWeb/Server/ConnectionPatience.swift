import NIOCore
import NIOHTTPTypes

/// Closes the connection of a client that keeps it busy after its request's time limit has ended.
///
/// The limit ends where the answer begins. From then on a client could hold the connection, and what
/// the answer reads from, by not reading the answer, or by sending the rest of a body that nobody
/// wants byte by byte. Both get one limit, anew whenever the client takes a piece of the answer.
///
/// Not sendable: belongs to the event loop of its connection.
final class ConnectionPatience: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPRequestPart
  typealias InboundOut = HTTPRequestPart
  typealias OutboundIn = HTTPResponsePart
  typealias OutboundOut = HTTPResponsePart

  private let limit: TimeAmount
  private var unanswered = 0
  private var isBodyOpen = false
  /// Closes when the answer is not read.
  private var reading: Scheduled<Void>?
  /// Closes when the body does not end.
  private var sending: Scheduled<Void>?

  init(limit: TimeAmount) {
    self.limit = limit
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head:
      unanswered += 1
      isBodyOpen = true
    case .body: break
    case .end:
      isBodyOpen = false
      sending?.cancel()
      sending = nil
    }
    context.fireChannelRead(data)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    if case .end = unwrapOutboundIn(data) {
      unanswered -= 1
      if unanswered == 0, isBodyOpen {
        sending = closing(context)
      }
    }
    context.write(data, promise: promise)
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    reading?.cancel()
    reading = context.channel.isWritable ? nil : closing(context)
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    handlerRemoved(context: context)
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    reading?.cancel()
    sending?.cancel()
  }

  private func closing(_ context: ChannelHandlerContext) -> Scheduled<Void> {
    let channel = context.channel
    return context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
  }
}
