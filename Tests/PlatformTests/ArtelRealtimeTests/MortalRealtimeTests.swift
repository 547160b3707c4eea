import ArtelMigrations
import ArtelPostgres
import ArtelTesting
import Logging
import Testing

@testable import ArtelRealtime

@Suite("Sockets and PostgreSQL that dies", .timeLimit(.minutes(10)))
struct MortalRealtimeTests {
  // Fails when a node that could not read goes on from the present: updates 11 to 30 are never told.
  @Test(arguments: MortalPostgres.Death.allCases)
  func `open sockets are told of every update once and in order when PostgreSQL dies`(
    _ death: MortalPostgres.Death
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let proxy = try FaultyProxy(inFrontOf: postgres.configuration)
    let log = try await Self.log(in: postgres.configuration)
    var configuration = proxy.configuration(postgres.configuration)
    configuration.acquireTimeout = .milliseconds(500)
    let distant = UpdateLog(context: log.name, db: TestCluster.open(configuration))
    let recorder = LogRecorder()
    let node = try await TestNode.start(on: distant, logger: recorder.logger)
    var socket = ResumingClient(port: node.port, isStream: false)
    var stream = ResumingClient(port: node.port, isStream: true)
    try await socket.connect()
    try await stream.connect()

    try await Self.publish(1...10, on: log)
    try await postgres.die(death)
    try await eventually("the node has noticed") {
      recorder.messages.contains("Updates cannot be read")
    }
    // What comes now is there before the node can read again.
    proxy.refuseConnections()
    try await postgres.revive()
    try await Self.publish(11...30, on: log)
    proxy.mend()
    try await socket.collect(until: 30)
    try await stream.collect(until: 30)

    #expect(socket.numbers == Array(1...30))
    #expect(stream.numbers == Array(1...30))
    socket.drop()
    stream.drop()
    try await node.stop()
    await distant.db.close()
    await log.db.close()
  }

  // Fails when what cannot be read passes for nothing: the client is not told to come again, and update
  // 2 never reaches it.
  @Test(arguments: [false, true])
  func `a client whose past cannot be read is told where to go on, and misses nothing`(
    _ isStream: Bool
  ) async throws {
    let postgres = try await MortalPostgres.start()
    var configuration = postgres.configuration
    configuration.acquireTimeout = .seconds(1)
    let log = try await Self.log(in: configuration)
    let node = try await TestNode.start(on: log)
    var client = ResumingClient(port: node.port, isStream: isStream)
    try await client.connect()
    try await Self.publish(1...1, on: log)
    try await client.collect(until: 1)
    let position = try #require(client.position)
    try await Self.publish(2...2, on: log)
    try await client.collect(until: 2)
    client.drop()
    try await postgres.die(.killed)

    let socket = try await TestSocket.open(
      port: node.port,
      query: "topics=feed&after=\(position)",
      isStream: isStream
    )
    var events = socket.events.makeAsyncIterator()
    let hello = try Told(await TestSocket.next(&events))
    let resume = try Told(await TestSocket.next(&events))
    if !isStream { #expect(await TestSocket.next(&events) == .closed(code: 1013)) }
    socket.drop()
    try await postgres.revive()
    var again = ResumingClient(port: node.port, isStream: isStream, position: resume.position)
    try await again.collect(until: 2)

    #expect([hello.type, resume.type] == ["hello", "resume"])
    #expect(resume.position == position)
    #expect(again.numbers == [2])
    again.drop()
    try await node.stop()
    await log.db.close()
  }

  /// A log in the database of a PostgreSQL that the test may kill.
  private static func log(in configuration: DatabaseConfiguration) async throws -> UpdateLog {
    let db = TestCluster.open(configuration)
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    try await Migrator(context: "gallery", series: TestLog.series(), database: db, logger: logger)
      .apply()
    return UpdateLog(context: "gallery", db: db)
  }

  /// Commits some updates, one after the other.
  private static func publish(_ numbers: ClosedRange<Int>, on log: UpdateLog) async throws {
    for number in numbers {
      try await log.db.transaction { tx in
        try await log.publish(TestLog.update(number), in: tx)
      }
    }
  }
}
