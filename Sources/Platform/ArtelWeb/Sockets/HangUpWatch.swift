import NIOCore

/// Closes a connection when the client closes its side, which for an answer without an end means that
/// nobody is there any more.
///
/// Otherwise it would be noticed with the second write from now on.
final class HangUpWatch: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = Any

  private static let name = "artel.hang-up"

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      return context.close(promise: nil)
    }
    context.fireUserInboundEventTriggered(event)
  }

  /// Watches a connection while `body` runs.
  static func watching(
    _ channel: any Channel,
    _ body: () async throws -> Void
  ) async throws {
    try await channel.eventLoop.submit {
      try channel.pipeline.syncOperations.addHandler(HangUpWatch(), name: name, position: .first)
    }.get()
    let result: Result<Void, any Error>
    do {
      result = .success(try await body())
    } catch {
      result = .failure(error)
    }
    // The connection may go on with another request; one that is closed has no handlers any more.
    try? await channel.pipeline.removeHandler(name: name).get()
    try result.get()
  }
}
