import ArtelMigrations
import ArtelPostgres
import ArtelTesting
import Foundation
import Logging
import Testing

@Suite("Two nodes that start at once", .timeLimit(.minutes(10)))
struct TwoNodesTests {
  // Fails when nobody waits for a turn: seen one of the two end with an error.
  @Test func `two processes that migrate one database apply every file once`() async throws {
    let test = try await TestDatabase.empty()
    try await test.write("create table nodes (id int)")
    let folder = FileManager.default.temporaryDirectory.path + "/\(test.name)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    // Each file leaves a row when it runs, and takes its time, so that the other node is there.
    for number in 1...8 {
      let before = number == 1 ? "create table runs (number int, node int);" : ""
      let text =
        "\(before) select pg_sleep(0.1); insert into runs values (\(number), pg_backend_pid())"
      try text.write(toFile: "\(folder)/000\(number)_step.sql", atomically: true, encoding: .utf8)
    }
    let parameters = test.configuration.parameters

    // One of the two is this process: waiting for another holds one of the few threads of the tests.
    async let here: Void = TwoNodesTests.migrate(parameters, folder)
    await #expect(processExitsWith: .success) {
      [parameters = parameters as [String: String], folder = folder as String] in
      try await TwoNodesTests.migrate(parameters, folder)
    }
    try await here

    let runs = try await test.read("select number from runs order by number")
    #expect(try runs.map { Int(try $0.decode(Int32.self, at: 0)) } == Array(1...8))
    #expect(try await test.read("select from schema_migrations").count == 8)
  }

  /// A node: what `artel migrate` does with one context.
  private static func migrate(_ parameters: [String: String], _ folder: String) async throws {
    let node = TestCluster.open(DatabaseConfiguration(parameters: parameters))
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    _ = try await node.write("insert into nodes values (pg_backend_pid())")
    try await eventually("the other node is there too") {
      try await node.read("select from nodes").count == 2
    }
    let series = try MigrationSeries(directory: folder)
    try await Migrator(context: "test", series: [series], database: node, logger: logger).apply()
    await node.close()
  }
}
