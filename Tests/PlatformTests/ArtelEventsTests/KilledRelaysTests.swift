import ArtelEvents
import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@Suite("Relays that are killed", .timeLimit(.minutes(10)))
struct KilledRelaysTests {
  private static let runnerCount = 50
  private static let lapCount = 40
  private static let count = runnerCount * lapCount

  /// The program, which is built beside the tests.
  private static var program: URL? {
    CommandLine.arguments.first { $0.hasSuffix(".xctest") }
      .map { URL(filePath: $0).deletingLastPathComponent().appending(path: "artel") }
  }

  private static func startNode(on db: TestDatabase) throws -> Process {
    let node = Process()
    let program = try #require(program)
    node.executableURL = program
    let place = db.configuration.parameters.map { "\($0)='\($1)'" }.joined(separator: " ")
    node.arguments = ["bench", "events-node", "--url", place]
    node.standardError = FileHandle.nullDevice
    try node.run()
    return node
  }

  @Test func `two thousand events of two nodes killed at random take effect once and in order`()
    async throws
  {
    let db = try await Self.makeDatabase()
    let log = EventLog("bench", in: db.database)
    var nodes = [try Self.startNode(on: db), try Self.startNode(on: db)]
    defer { for node in nodes { kill(node.processIdentifier, SIGKILL) } }
    var kills = 0
    var next = Int.random(in: 20...100)
    while next < Self.count {
      try await eventually("\(next) events have taken effect") { try await effects(in: db) >= next }
      // Most of the time the one that delivers: killing the other, which waits, shows little.
      let victim = try await latestNode(in: db, among: nodes) ?? Int.random(in: 0...1)
      kill(nodes[victim].processIdentifier, SIGKILL)
      kills += 1
      nodes[victim] = try Self.startNode(on: db)
      next = try await effects(in: db) + Int.random(in: 20...100)
    }
    let overview = EventOverview([log])
    try await eventually("all events are read", within: .seconds(300)) {
      try await overview.lags().first?.events == 0
    }

    let allLaps = Array(1...Self.lapCount)
    let expected = Dictionary(
      uniqueKeysWithValues: (1...Self.runnerCount).map { ("\($0)", allLaps) }
    )
    #expect(try await laps(in: db) == expected)
    #expect(try await overview.deferredEvents().isEmpty)
    #expect(kills >= 5)
    // Otherwise no node was killed in the middle of a batch: effects that are undone leave gaps.
    let places = try await db.read("select max(place) from effects")[0].decode(Int.self, at: 0)
    #expect(places > Self.count)
  }

  private static func makeDatabase() async throws -> TestDatabase {
    let db = try await TestDatabase.make(context: "bench", series: try PostOffice.series())
    try await db.write(
      """
      create table effects (
        place bigint generated always as identity, aggregate text not null, number bigint not null,
        node bigint not null)
      """
    )
    for number in 1...lapCount {
      let laps = (1...runnerCount).map { LapFinished(runner: $0, number: number) }
      try await db.database.transaction { tx async throws in
        try await tx.publish(contentsOf: laps)
      }
    }
    return db
  }

  private func effects(in db: TestDatabase) async throws -> Int {
    try await db.read("select count(*) from effects")[0].decode(at: 0)
  }

  /// Whose effect is the latest; nil when that node was killed before.
  private func latestNode(in db: TestDatabase, among nodes: [Process]) async throws -> Int? {
    let rows = try await db.read("select node from effects order by place desc limit 1")
    let latest = try rows[0].decode(Int.self, at: 0)
    return nodes.firstIndex { Int($0.processIdentifier) == latest }
  }

  /// The numbers of each aggregate, in the order in which they came.
  private func laps(in db: TestDatabase) async throws -> [String: [Int]] {
    var laps: [String: [Int]] = [:]
    for row in try await db.read("select aggregate, number from effects order by place") {
      let aggregate = try row.decode(String.self, at: 0)
      let number = try row.decode(Int.self, at: 1)
      laps[aggregate, default: []].append(number)
    }
    return laps
  }
}

/// What `artel bench events-node` hears of; it reads the same from the database.
private struct LapFinished: Event {
  static let name = "bench.lap.finished"
  static let version = 1
  let runner: Int
  let number: Int
  var aggregate: String { "\(runner)" }
}
