import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
  /// Does what an `Expect` header asks for: the body is asked for when it is first read, so that a
  /// client whose request is refused need not send it.
  ///
  /// Source: RFC 9110, 10.1.1.
  mutating func meet(_ expectation: String, _ context: WebContext) throws {
    context.state.isBodyHeldBack = true
    guard expectation.lowercased() == "100-continue" else { throw Problem(.expectationFailed) }
    body = RequestBody(
      asyncSequence: HeldBackBody(body: body, state: context.state, channel: context.channel)
    )
  }
}

/// A body that the client sends only when it is told to go on.
private struct HeldBackBody: AsyncSequence, Sendable {
  let body: RequestBody
  let state: RequestState
  let channel: any Channel

  struct AsyncIterator: AsyncIteratorProtocol {
    var chunks: RequestBody.AsyncIterator
    let state: RequestState
    let channel: any Channel

    mutating func next() async throws -> ByteBuffer? {
      if state.isBodyHeldBack {
        state.isBodyHeldBack = false
        try await channel.pipeline.addHandler(InterimAnswer(), position: .first).get()
      }
      return try await chunks.next()
    }
  }

  func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(chunks: body.makeAsyncIterator(), state: state, channel: channel)
  }
}

/// Writes `100 Continue` straight to the connection, before the HTTP encoder, which knows final
/// answers only.
private final class InterimAnswer: ChannelOutboundHandler, RemovableChannelHandler, Sendable {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  func handlerAdded(context: ChannelHandlerContext) {
    let bytes = context.channel.allocator.buffer(string: "HTTP/1.1 100 Continue\r\n\r\n")
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    context.pipeline.syncOperations.removeHandler(self, promise: nil)
  }
}
