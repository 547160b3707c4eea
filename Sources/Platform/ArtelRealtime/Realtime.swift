public import ArtelIdentifiers
public import ArtelTelemetry
public import ArtelWeb
import Hummingbird
public import Logging

/// Tells open pages and other clients what changed, as it happens, and what they missed.
///
/// - Needs: the logs of the contexts, and to know which sessions have ended.
/// - Serves: `/api/realtime` as a WebSocket, `/api/realtime/events` as server-sent events.
/// - Background: reads each log once for all sockets, ends what has to end, removes old updates.
///
/// The log: `Log/`. Who is told what: `Delivery/`. The wire: `Sockets/`, and `ArtelWeb` below it.
public final class Realtime: WebApp {
  let sources: [RealtimeSource]
  let settings: RealtimeSettings
  let site: Site
  let hasEnded: @Sendable (Identifier<AccountsSession>) -> Bool
  let logger: Logger
  let switchboard: Switchboard
  let meter: SocketMeter

  /// Puts the sources together; names of topics must differ.
  ///
  /// - Parameters:
  ///   - sources: The logs, with their topics.
  ///   - settings: What sockets may cost.
  ///   - site: The public address: a browser's socket must come from there.
  ///   - hasEnded: Whether a session has ended; asked each second for every socket, so it has to
  ///     answer from memory.
  ///   - telemetry: Counts sockets and what they are told.
  ///   - logger: Told when a log cannot be read.
  public init(
    sources: [RealtimeSource],
    settings: RealtimeSettings = RealtimeSettings(),
    site: Site,
    hasEnded: @escaping @Sendable (Identifier<AccountsSession>) -> Bool,
    telemetry: Telemetry = Telemetry(),
    logger: Logger
  ) {
    self.sources = sources
    self.settings = settings
    self.site = site
    self.hasEnded = hasEnded
    self.logger = logger
    switchboard = Switchboard(settings: settings)
    meter = SocketMeter(in: telemetry.metrics)
    meter.show(switchboard, in: telemetry.metrics)
  }

  /// How many sockets are open on this node.
  public var socketCount: Int { switchboard.socketCount }

  /// Adds the two routes.
  public func addRoutes(to routes: Routes) {
    RealtimeRoutes(realtime: self).addRoutes(to: routes)
  }

  /// Follows the logs until the task is cancelled; to be called once.
  public func run() async {
    await withTaskGroup { group in
      for source in sources {
        group.addTask { await self.tail(of: source).run() }
      }
      group.addTask { await self.watch() }
      await group.waitForAll()
    }
  }

  private func tail(of source: RealtimeSource) -> LogTail {
    let name = source.log.name
    return LogTail(
      log: source.log,
      settings: settings,
      logger: logger,
      opened: { [switchboard] mark in
        source.log.mark = mark
        switchboard.opened(name, at: mark)
      },
      deliver: { [switchboard] page in
        guard let epoch = switchboard.epoch(of: name) else { return }
        let page = try await source.permitted(page)
        switchboard.deliver(Growth(page, of: name, epoch: epoch), in: name)
        source.log.mark = Position.Mark(epoch: epoch, point: page.point)
      }
    )
  }

  /// Ends sockets whose session or time is over, and keeps the others alive.
  private func watch() async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      let now = ContinuousClock.now
      for subscriber in switchboard.subscribers {
        if let session = subscriber.sessionID, hasEnded(session) {
          subscriber.end(.signedOut)
        } else if subscriber.deadline < now {
          subscriber.end(.overdue)
        } else {
          subscriber.keepAlive(at: now)
        }
      }
    }
  }

  /// Connects a client and brings it up to date; returns once it follows live or has ended.
  func serve(_ subscriber: Subscriber, after position: Position?) async {
    do {
      try switchboard.connect(subscriber, after: position)
      for source in sources { try await catchUp(subscriber, with: source) }
    } catch {
      subscriber.end(.interrupted)
    }
  }

  private func catchUp(_ subscriber: Subscriber, with source: RealtimeSource) async throws {
    let name = source.log.name
    guard let audiences = subscriber.audiences[name] else { return }
    while let next = subscriber.nextPage(of: name) {
      let page = try await source.log.entries(
        for: audiences,
        after: next.after,
        through: next.through
      )
      guard let page else {
        subscriber.lose(name, through: next.through)
        break
      }
      let permitted = try await source.permitted(page)
      let growth = Growth(permitted, of: name, epoch: switchboard.epoch(of: name) ?? "")
      subscriber.catchUp(
        growth.portion(for: audiences),
        name,
        through: page.point,
        isLast: page.isLast
      )
      // The next page is read once the client took this one.
      await subscriber.drained()
    }
    subscriber.follow(name)
  }
}
