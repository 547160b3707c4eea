import ArtelIdentifiers
import ArtelWeb
import HTTPTypes
import Hummingbird
import ServiceLifecycle

/// `/api/realtime`: the same updates as a WebSocket and as server-sent events.
struct RealtimeRoutes: Sendable {
  let realtime: Realtime

  /// Most topics that one client follows.
  private static let topicLimit = 50

  /// What a request asks for, once it may have it.
  private struct Wish {
    let audiences: [String: [Audience]]
    let position: Position?
    let sessionID: Identifier<AccountsSession>?
    /// Held as long as the connection.
    let place: Switchboard.Place
  }

  func addRoutes(to routes: Routes) {
    var limits = WebSocketLimits()
    limits.queuedMessages = realtime.settings.queuedUpdates
    limits.queuedBytes = realtime.settings.queuedBytes
    limits.pingInterval = realtime.settings.pingInterval
    limits.closingTime = realtime.settings.closingTime
    routes.addSocket("/api/realtime", of: realtime.site, limits: limits, use: socket)
    routes.addEndless("/api/realtime/events", use: events)
  }

  /// `GET /api/realtime?topics=&after=`: a WebSocket.
  @Sendable func socket(
    _ request: Request,
    _ context: WebContext
  ) async throws -> Routes.SocketSession {
    let wish = try wish(request, context, after: request.uri.queryParameters["after"])
    return Routes.SocketSession(onMessage: Self.answer) { socket in
      let subscriber = subscriber(wish, WebSocketOutlet(socket: socket))
      await serve(subscriber, wish) { await socket.closed() }
    }
  }

  /// `GET /api/realtime/events?topics=&after=`: server-sent events; `Last-Event-ID` wins over `after`.
  @Sendable func events(_ request: Request, _ context: WebContext) async throws -> Response {
    let last = request.headers[.lastEventID].map { $0[...] }
    let wish = try wish(request, context, after: last ?? request.uri.queryParameters["after"])
    let outlet = EventStreamOutlet(settings: realtime.settings, channel: context.channel)
    let headers: HTTPFields = [
      .contentType: "text/event-stream", .cacheControl: "no-store", .accelBuffering: "no",
    ]
    let body = ResponseBody { writer in
      await serve(subscriber(wish, outlet), wish) {
        // A failed write is a client that has gone: there is nobody to tell.
        try? await outlet.run { try await writer.write($0) }
      }
      try await writer.finish(nil)
    }
    return Response(status: .ok, headers: headers, body: body)
  }

  /// Connects a client for as long as `connection` runs.
  private func serve(
    _ subscriber: Subscriber,
    _ wish: Wish,
    _ connection: () async -> Void
  ) async {
    defer { realtime.switchboard.disconnect(subscriber) }
    await withGracefulShutdownHandler {
      async let catchingUp: Void = realtime.serve(subscriber, after: wish.position)
      await connection()
      // Nothing more is read for a client that has gone.
      subscriber.leave()
      await catchingUp
    } onGracefulShutdown: {
      subscriber.end(.stopping)
    }
  }

  private func subscriber(_ wish: Wish, _ outlet: any Outlet) -> Subscriber {
    // Not all at once, after a start to which all came at once.
    let lifetime = realtime.settings.lifetime * Double.random(in: 0.9...1.1)
    return Subscriber(
      sessionID: wish.sessionID,
      audiences: wish.audiences,
      position: wish.position,
      deadline: .now + lifetime,
      heldLimit: realtime.settings.queuedUpdates,
      meter: realtime.meter,
      outlet: outlet
    )
  }

  /// What the client sends; today it only asks whether the server is there.
  private static func answer(_ socket: WebSocket, _ text: String) {
    guard case .object(let members)? = try? JSONValue(parsing: text.utf8, maximumDepth: 4) else {
      return socket.close(.policy)
    }
    // Other types are left for later versions.
    if members["type"] == .string("ping") { socket.send(WebSocketFrames.text(Message.pong)) }
  }

  private func wish(
    _ request: Request,
    _ context: WebContext,
    after position: Substring?
  ) throws -> Wish {
    let audiences = try audiences(request, context.principal)
    let owner = context.principal.map { "\($0.memberID)" } ?? context.clientNetwork ?? "unknown"
    do {
      guard realtime.switchboard.isReady(audiences.keys) else { throw Switchboard.Refusal.notReady }
      return Wish(
        audiences: audiences,
        // What is not understood counts as too old.
        position: position.map { Position($0) ?? Position() },
        sessionID: context.principal?.sessionID,
        place: try realtime.switchboard.enter(owner)
      )
    } catch Switchboard.Refusal.ownerIsFull {
      realtime.meter.countRefused()
      throw Problem.tooManyRequests(retryAfter: .seconds(30))
    } catch is Switchboard.Refusal {
      realtime.meter.countRefused()
      throw Problem.unavailable
    }
  }

  /// The topics of the query, and the member's own audience in every log.
  private func audiences(
    _ request: Request,
    _ principal: Principal?
  ) throws -> [String: [Audience]] {
    let text = request.uri.queryParameters["topics"] ?? ""
    let names = Set(text.split(separator: ",").map(String.init))
    guard names.count <= Self.topicLimit else { throw Problem.badRequest("Too many topics.") }
    var audiences: [String: [Audience]] = [:]
    var found = 0
    for source in realtime.sources {
      if let principal { audiences[source.log.name] = [.member(principal.memberID)] }
      for topic in source.topics where names.contains(topic.name) {
        guard topic.isOpen(principal) else { throw Problem.notFound }
        audiences[source.log.name, default: []].append(.topic(topic.name))
        found += 1
      }
    }
    guard found == names.count else { throw Problem.notFound }
    guard !audiences.isEmpty else { throw Problem.badRequest("A guest has to name a topic.") }
    return audiences
  }
}

extension HTTPField.Name {
  fileprivate static let lastEventID = HTTPField.Name.named("last-event-id")
  fileprivate static let accelBuffering = HTTPField.Name.named("x-accel-buffering")

  private static func named(_ name: String) -> HTTPField.Name {
    guard let field = HTTPField.Name(name) else { preconditionFailure("\(name) is no name") }
    return field
  }
}
