import HTTPTypes
public import Hummingbird
import NIOCore

extension Routes {
  /// What answers a request on a WebSocket, once it was let in.
  public struct SocketSession: Sendable {
    let onMessage: @Sendable (WebSocket, String) -> Void
    let run: @Sendable (WebSocket) async -> Void

    /// Makes a session.
    ///
    /// - Parameters:
    ///   - onMessage: Called for each message of the client, on its event loop: it must not wait.
    ///   - run: Runs beside it; the connection stays open when it returns, and is closed when the
    ///     task is cancelled.
    public init(
      onMessage: @escaping @Sendable (WebSocket, String) -> Void,
      run: @escaping @Sendable (WebSocket) async -> Void
    ) {
      self.onMessage = onMessage
      self.run = run
    }
  }

  /// Adds a route whose answer does not end, and which the API's document can therefore not describe.
  ///
  /// The connection is closed as soon as the client closes its side of it.
  @discardableResult
  public func addEndless(
    _ path: RouterPath,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> Response
  ) -> Self {
    addUndocumented(path, method: .get) { request, context in
      var response = try await handler(request, context)
      let body = response.body
      response.body = ResponseBody { writer in
        try await HangUpWatch.watching(context.channel) { try await body.write(writer) }
      }
      return response
    }
  }

  /// Adds a WebSocket.
  ///
  /// `handler` runs before the connection is taken over, and refuses by throwing. A request that a browser
  /// sends for another site is refused: its `Origin` must be this site's, and with a session cookie there
  /// must be one. Source: RFC 6455, 10.2.
  ///
  /// - Throws: From the route, ``Problem`` of kind `upgrade_required`, `bad_request` or `csrf`.
  @discardableResult
  public func addSocket(
    _ path: RouterPath,
    of site: Site,
    limits: WebSocketLimits,
    use handler: @escaping @Sendable (Request, WebContext) async throws -> SocketSession
  ) -> Self {
    addUndocumented(path, method: .get) { request, context in
      let headers = try WebSocketHandshake.answer(to: request.headers)
      try CrossSiteCheck(site: site).verifySocket(request, context)
      let session = try await handler(request, context)
      let channel = context.channel
      let socket = try await channel.eventLoop.submit {
        try WebSocket(on: channel, limits: limits, onMessage: session.onMessage)
      }.get()
      let body = ResponseBody { _ in
        try await socket.open()
        await withTaskCancellationHandler {
          await session.run(socket)
          await socket.closed()
        } onCancel: {
          channel.close(promise: nil)
        }
      }
      return Response(status: .switchingProtocols, headers: headers, body: body)
    }
  }
}
