import ArtelCluster
import ArtelConcurrency
import ArtelMigrations
import ArtelPostgres
import Foundation
import Logging

/// A private cluster of the generator's own, with a migrated database for each context.
struct MigratedDatabases {
  /// What the migrations know themselves by; neither rows nor dump show it.
  static let bookkeeping: Set<String> = ["schema_migrations"]

  private let cluster: PrivateCluster
  private let reactor: Reactor
  private let pool: BlockingPool
  private let logger: Logger

  /// Runs `body` while the cluster runs, and leaves nothing behind.
  static func with(
    _ contexts: [Context],
    _ body: (MigratedDatabases) async throws -> Void
  ) async throws {
    var logger = Logger(label: "generate")
    logger.logLevel = .error
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "artel-generate-\(UUID().uuidString)")
    let pool = BlockingPool(name: "generate", threads: 2)
    let reactor = Reactor()
    defer {
      reactor.stop()
      pool.stop()
      try? FileManager.default.removeItem(at: folder)
    }
    let options = PrivateCluster.Options(
      dataDirectory: folder.path,
      contexts: contexts.map(\.databaseName),
      runAs: try account(),
      durability: .fast
    )
    let cluster = try await PrivateCluster.start(options, pool: pool, logger: logger)
    let databases = MigratedDatabases(
      cluster: cluster,
      reactor: reactor,
      pool: pool,
      logger: logger
    )
    do {
      try await body(databases)
    } catch {
      try? await cluster.stop()
      throw error
    }
    try await cluster.stop()
  }

  /// Migrates the context's database and hands it to `body`.
  func withDatabase<Result: Sendable>(
    of context: Context,
    _ body: (Database) async throws -> Result
  ) async throws -> Result {
    let database = Database(
      cluster.configuration(for: context.databaseName),
      reactor: reactor,
      pool: pool,
      logger: logger
    )
    do {
      try await Migrator(
        context: context.name,
        series: try parts(for: context) + [MigrationSeries(directory: context.migrations.path)],
        database: database,
        logger: logger
      ).apply()
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }

  /// The tables that the platform brings along; the schemas of tests do without.
  private func parts(for context: Context) throws -> [MigrationSeries] {
    guard context.isApp else { return [] }
    return try Context.all(below: URL(filePath: "Sources/Platform")).map {
      try MigrationSeries(
        schema: String($0.databaseName.trimmingPrefix("artel")),
        directory: $0.migrations.path
      )
    }
  }

  /// The text of `schema.sql`.
  func dump(of context: Context) async throws -> String {
    let parameters = cluster.configuration(for: context.databaseName).parameters
    let dump = SchemaDump(
      program: URL(filePath: cluster.installation.path(of: "pg_dump")),
      connection: parameters.sorted { $0.key < $1.key }
        .map { "\($0.key)='\($0.value)'" }.joined(separator: " "),
      excludedSchemas: try parts(for: context).map(\.schema),
      excluded: MigratedDatabases.bookkeeping
    )
    return try await dump.text(on: pool)
  }

  /// PostgreSQL refuses to run as root, so root lends it an account.
  private static func account() throws -> SystemUser? {
    guard try SystemUser.current().userID == 0 else { return nil }
    for name in ["artel", "postgres"] {
      if let user = SystemUser.named(name) { return user }
    }
    throw GenerateError("root needs the account artel to run PostgreSQL as: bin/setup makes it")
  }
}
