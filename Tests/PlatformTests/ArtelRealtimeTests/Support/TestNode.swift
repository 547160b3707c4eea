import ArtelIdentifiers
import ArtelTesting
import ArtelWeb
import Hummingbird
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ArtelRealtime

/// One node: a server on a port of its own that tells what is in a log.
final class TestNode: Sendable {
  let port: Int
  let realtime: Realtime
  let log: UpdateLog
  private let group: ServiceGroup
  private let running: Task<Void, any Error>

  /// Members by the text of their token or cookie.
  static let members = [
    "ada": Principal(memberID: .generate(), sessionID: .generate(), source: .bearer),
    "bob": Principal(memberID: .generate(), sessionID: .generate(), source: .bearer),
  ]

  /// Starts a node; it takes clients when this returns.
  static func start(
    _ test: TestLog,
    settings: RealtimeSettings = .quick,
    hasEnded: @escaping @Sendable (Identifier<AccountsSession>) -> Bool = { _ in false },
    mayStillBeTold: @escaping @Sendable ([LiveUpdate]) async throws -> [Bool] = {
      $0.map { _ in true }
    }
  ) async throws -> TestNode {
    try await start(
      on: test.log(),
      settings: settings,
      hasEnded: hasEnded,
      mayStillBeTold: mayStillBeTold
    )
  }

  /// Starts a node that tells what is in a log anywhere.
  static func start(
    on log: UpdateLog,
    settings: RealtimeSettings = .quick,
    logger: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
    hasEnded: @escaping @Sendable (Identifier<AccountsSession>) -> Bool = { _ in false },
    mayStillBeTold: @escaping @Sendable ([LiveUpdate]) async throws -> [Bool] = {
      $0.map { _ in true }
    }
  ) async throws -> TestNode {
    let topics = [
      RealtimeSource.Topic("feed"), RealtimeSource.Topic("other"),
      RealtimeSource.Topic("staff") { $0?.memberID == members["bob"]?.memberID },
    ]
    let source = RealtimeSource(log: log, topics: topics, mayStillBeTold: mayStillBeTold)
    let realtime = Realtime(
      sources: [source],
      settings: settings,
      site: Site(),
      hasEnded: hasEnded,
      logger: logger
    )
    var parts = WebServer.Parts()
    parts.settings.port = 0
    parts.logger = logger
    parts.authenticator = Authenticator(
      bearer: { members[$0] },
      cookie: { name in
        var member = members[name]
        member?.source = .cookie
        return member
      }
    )
    let (ports, port) = AsyncStream.makeStream(of: Int.self)
    let server = WebServer(parts: parts, apps: [realtime]) { port.yield($0) }
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: Following(realtime: realtime)),
        .init(service: server.application(), successTerminationBehavior: .gracefullyShutdownGroup),
      ],
      logger: logger
    )
    configuration.maximumGracefulShutdownDuration = .seconds(60)
    let group = ServiceGroup(configuration: configuration)
    let running = Task { try await group.run() }
    var iterator = ports.makeAsyncIterator()
    let number = try #require(await iterator.next())
    let node = TestNode(number, realtime, log, group, running)
    try await node.waitUntilReady()
    return node
  }

  private init(
    _ port: Int,
    _ realtime: Realtime,
    _ log: UpdateLog,
    _ group: ServiceGroup,
    _ running: Task<Void, any Error>
  ) {
    self.port = port
    self.realtime = realtime
    self.log = log
    self.group = group
    self.running = running
  }

  private struct Following: Service {
    let realtime: Realtime

    func run() async throws {
      await cancelWhenGracefulShutdown { await realtime.run() }
    }
  }

  private func waitUntilReady() async throws {
    try await eventually("the log is read") { realtime.switchboard.isReady([log.name]) }
  }

  /// Waits until the node has read everything that is committed by now.
  func waitUntilRead(_ test: TestLog) async throws {
    try await test.settle()
    let end = try await log.open().point
    try await eventually("everything is read") {
      log.mark.map { $0.point >= end } ?? false
    }
  }

  /// Stops as on SIGTERM.
  func stop() async throws {
    await group.triggerGracefulShutdown()
    try await running.value
  }

  /// Waits until so many clients are connected and greeted.
  func waitForClients(_ count: Int) async throws {
    try await eventually("\(count) clients are connected") {
      realtime.switchboard.subscribers.count == count
    }
  }
}

extension RealtimeSettings {
  /// Connections are cut soon: clients of tests do not answer when the server closes.
  static var quick: RealtimeSettings {
    var settings = RealtimeSettings()
    settings.closingTime = .milliseconds(300)
    return settings
  }
}
