import ArgumentParser
import ArtelConcurrency
import ArtelMigrations
import ArtelPostgres
import ArtelRealtime
import ArtelWeb
import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Synchronization
import UnixSignals

/// `artel bench socket-server`: a server that does nothing but tell what is in a log, until SIGTERM.
struct SocketServer: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "socket-server")

  @Option(help: "A database for this alone, as a URL or libpq keywords.")
  var url: String

  @Option(
    help: "The folder with the migrations of the schema realtime; without it nothing is migrated."
  )
  var migrations: String?

  @Option(help: "Where it listens on 127.0.0.1; it prints the port.")
  var port = 0

  func run() async throws {
    try await withBenchDatabase(url, leases: 4) { database, logger in
      if let migrations {
        let series = [try MigrationSeries(schema: "realtime", directory: migrations)]
        try await Migrator(context: "bench", series: series, database: database, logger: logger)
          .apply()
      }
      var settings = RealtimeSettings()
      settings.socketsPerOwner = settings.socketsPerNode
      let source = RealtimeSource(
        log: UpdateLog(context: "gallery", db: database),
        topics: [RealtimeSource.Topic("feed")],
        mayStillBeTold: { $0.map { _ in true } }
      )
      let realtime = Realtime(
        sources: [source],
        settings: settings,
        site: Site(),
        hasEnded: { _ in false },
        logger: logger
      )
      var parts = WebServer.Parts()
      parts.settings.host = "127.0.0.1"
      parts.settings.port = port
      parts.logger = logger
      let server = WebServer(parts: parts, apps: [realtime]) { port in
        try? FileHandle.standardOutput.write(contentsOf: Data("\(port)\n".utf8))
      }
      let configuration = ServiceGroupConfiguration(
        services: [
          .init(service: LogFollowing(realtime: realtime)),
          .init(service: server.application()),
        ],
        gracefulShutdownSignals: [.sigterm],
        logger: logger
      )
      try await ServiceGroup(configuration: configuration).run()
    }
  }
}

private struct LogFollowing: Service {
  let realtime: Realtime

  func run() async throws {
    await cancelWhenGracefulShutdown { await realtime.run() }
  }
}

/// `artel bench sockets`: opens sockets, publishes updates and waits until each socket has each one.
struct SocketClients: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "sockets")

  @Option(help: "The database of the server.")
  var url: String

  @Option(help: "Where the server listens on 127.0.0.1.")
  var port: Int

  @Option(help: "How many sockets.")
  var sockets = 1000

  @Option(help: "For how many seconds updates are published; 0 publishes none.")
  var seconds = 10.0

  @Option(help: "Most updates that some socket does not have yet.")
  var ahead = 128

  @Option(help: "Seconds for which the sockets stay open afterwards.")
  var linger = 0.0

  func run() async throws {
    let tally = SocketTally(sockets)
    let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    for number in 0..<sockets { try await open(number, on: loops, tally) }
    while tally.greeted.load(ordering: .relaxed) < sockets {
      try tally.requireAll()
      try await Task.sleep(for: .milliseconds(10))
    }
    try Self.tell(#"{"open": \#(sockets)}"#)
    if seconds > 0 {
      let (count, elapsed) = try await publish(tally)
      try Self.tell(#"{"count": \#(count), "per_second": \#(Double(count) / elapsed)}"#)
    }
    try await Task.sleep(for: .seconds(linger))
    try tally.requireAll()
    try await loops.shutdownGracefully()
  }

  /// One line at once, for whoever waits for it.
  private static func tell(_ line: String) throws {
    try FileHandle.standardOutput.write(contentsOf: Data("\(line)\n".utf8))
  }

  private func open(
    _ number: Int,
    on loops: MultiThreadedEventLoopGroup,
    _ tally: SocketTally
  ) async throws {
    let channel = try await ClientBootstrap(group: loops)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(FrameCounter(number, tally))
        }
      }
      .connect(host: "127.0.0.1", port: port).get()
    let lines = [
      "GET /api/realtime?topics=feed HTTP/1.1", "Host: 127.0.0.1:\(port)", "Upgrade: websocket",
      "Connection: Upgrade", "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", "",
    ]
    try await channel.writeAndFlush(ByteBuffer(string: lines.joined(separator: "\r\n")))
  }

  /// Publishes as fast as the sockets take it; returns how many updates each socket got, and in how many
  /// seconds.
  private func publish(_ tally: SocketTally) async throws -> (Int, Double) {
    try await withBenchDatabase(url, leases: 18) { database, _ in
      let log = UpdateLog(context: "gallery", db: database)
      let start = ContinuousClock.now
      let deadline = start + .seconds(seconds)
      try await withThrowingTaskGroup { group in
        for _ in 0..<16 {
          group.addTask {
            while ContinuousClock.now < deadline {
              guard tally.published.load(ordering: .relaxed) - tally.complete < ahead else {
                try tally.requireProgress()
                try await Task.sleep(for: .milliseconds(1))
                continue
              }
              tally.published.add(1, ordering: .relaxed)
              try await database.transaction { tx in
                try await log.publish(Self.update, in: tx)
              }
            }
          }
        }
        try await group.waitForAll()
      }
      let total = tally.published.load(ordering: .relaxed)
      while tally.complete < total {
        try tally.requireProgress()
        try await Task.sleep(for: .milliseconds(1))
      }
      return (total, start.duration(to: .now) / .seconds(1))
    }
  }

  /// As large as the news of a post.
  private static var update: LiveUpdate {
    LiveUpdate(for: .topic("feed"), "post.created") { json in
      json.field("id", "019aa4c1-7d20-7c4e-8a55-0d9b6a1f3e27")
      json.field("title", "Winter light over the river")
      json.field("created_at", "2026-11-21T04:05:14.123456Z")
    }
  }
}

/// What the sockets received.
private final class SocketTally: Sendable {
  /// Updates of one socket.
  final class Count: Sendable {
    let updates = Atomic(0)
  }

  struct SocketsLost: Error {
    let count: Int
  }

  /// Some socket was told nothing more of what was published.
  struct UpdatesMissed: Error {
    let complete: Int
    let published: Int
  }

  let greeted = Atomic(0)
  let published = Atomic(0)
  let lost = Atomic(0)
  let counts: [Count]
  private let progress = Mutex((complete: -1, since: ContinuousClock.now))

  init(_ sockets: Int) {
    counts = (0..<sockets).map { _ in Count() }
  }

  /// How many updates every socket has.
  var complete: Int {
    counts.reduce(.max) { min($0, $1.updates.load(ordering: .relaxed)) }
  }

  func requireAll() throws {
    let count = lost.load(ordering: .relaxed)
    guard count == 0 else { throw SocketsLost(count: count) }
  }

  /// To be called again and again while sockets lag behind; a minute without a step ends it.
  func requireProgress() throws {
    try requireAll()
    let complete = complete
    let isMoving = progress.withLock { progress in
      if progress.complete != complete { progress = (complete, .now) }
      return progress.since.duration(to: .now) < .seconds(60)
    }
    guard !isMoving else { return }
    throw UpdatesMissed(complete: complete, published: published.load(ordering: .relaxed))
  }
}

/// Counts the frames of one socket without looking into them, and answers pings; belongs to its event loop.
private final class FrameCounter: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private enum Frame {
    static let text: UInt8 = 0x81
    static let ping: UInt8 = 0x89
    /// Empty, and masked as all that clients send.
    static let pong = ByteBuffer(bytes: [0x8A, 0x80, 0, 0, 0, 0])
  }

  private let number: Int
  private let tally: SocketTally
  private var buffer = ByteBuffer()
  private var isOpen = false
  private var hasGreeting = false

  init(_ number: Int, _ tally: SocketTally) {
    self.number = number
    self.tally = tally
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    var read = unwrapInboundIn(data)
    if buffer.readableBytes == 0 { buffer = read } else { buffer.writeBuffer(&read) }
    if !isOpen {
      // The answer's head is so short that it comes in one piece.
      guard let end = String(buffer: buffer).range(of: "\r\n\r\n") else { return }
      let head = String(buffer: buffer)[..<end.upperBound]
      guard head.hasPrefix("HTTP/1.1 101") else { return context.close(promise: nil) }
      buffer.moveReaderIndex(forwardBy: head.utf8.count)
      isOpen = true
    }
    var count = 0
    while let length = frameLength(), buffer.readableBytes >= length {
      // A greeting and updates are text.
      switch buffer.getInteger(at: buffer.readerIndex, as: UInt8.self) {
      case Frame.text where hasGreeting: count += 1
      case Frame.text:
        hasGreeting = true
        tally.greeted.add(1, ordering: .relaxed)
      case Frame.ping: context.writeAndFlush(wrapOutboundOut(Frame.pong), promise: nil)
      default: break
      }
      buffer.moveReaderIndex(forwardBy: length)
    }
    if count > 0 { tally.counts[number].updates.add(count, ordering: .relaxed) }
    if buffer.readableBytes == 0 { buffer = ByteBuffer() }
  }

  func channelInactive(context: ChannelHandlerContext) {
    tally.lost.add(1, ordering: .relaxed)
  }

  /// Bytes of the frame at the beginning of the buffer; nil while its head is not complete.
  private func frameLength() -> Int? {
    let start = buffer.readerIndex
    guard let short = buffer.getInteger(at: start + 1, as: UInt8.self) else { return nil }
    guard short == 126 else { return 2 + Int(short) }
    return buffer.getInteger(at: start + 2, as: UInt16.self).map { 4 + Int($0) }
  }
}
