import ArtelCluster
import ArtelConcurrency
import ArtelEvents
import ArtelMigrations
import ArtelOperations
import ArtelPostgres
import ArtelTelemetry
import Foundation
import Logging

/// What every command that touches data stands on: threads, PostgreSQL, and a database per context.
struct Stage: Sendable {
  /// The contexts in the order in which they are migrated; each has a database and a role.
  static let contexts = ["accounts", "gallery", "search"]

  /// The platform's parts with tables in every context's database, each in a schema of that name.
  static let platformParts = ["events", "imports", "jobs", "realtime", "uploads", "web"]

  /// The same contexts for a backup, with the files their rows name.
  static let backupContexts = [
    BackupContext(
      name: "accounts",
      blobReferences: "select unnest(array[avatar_small, avatar_medium, avatar_large]) from members"
        + " union select digest from exports where digest is not null"
    ),
    BackupContext(
      name: "gallery",
      blobReferences: "select digest from pictures union select digest from thumbnails"
    ),
    BackupContext(name: "search"),
  ]

  let settings: Settings
  let logger: Logger
  let telemetry: Telemetry
  let pool: BlockingPool
  let reactor: Reactor
  /// Nil when the operator's own server is used.
  let cluster: PrivateCluster?
  let databases: [String: Database]
  /// The statements of this process that took long.
  let slowStatements: SlowStatements

  /// Whether a command needs the server's place for itself, or may work beside it.
  enum Tenure {
    case serving
    case besideServer
  }

  /// Becomes the right user, starts or finds PostgreSQL, and opens the databases.
  ///
  /// - Throws: ``ClusterError`` with one line for the operator.
  static func set(
    _ settings: Settings,
    tenure: Tenure,
    logger: Logger,
    telemetry: Telemetry = Telemetry()
  ) async throws -> Stage {
    let pool = BlockingPool(name: "artel-blocking", threads: 4)
    let reactor = Reactor()
    let cluster = try await cluster(settings, tenure: tenure, pool: pool, logger: logger)
    var databases: [String: Database] = [:]
    let slowStatements = SlowStatements()
    for context in contexts {
      let configuration = try cluster?.configuration(for: context) ?? external(context, settings)
      let meter = StatementMeter(context: context, telemetry: telemetry)
      databases[context] = Database(
        configuration,
        reactor: reactor,
        pool: pool,
        logger: logger
      ) {
        meter.observe($0)
        slowStatements.observe($0, in: context)
      }
    }
    return Stage(
      settings: settings,
      logger: logger,
      telemetry: telemetry,
      pool: pool,
      reactor: reactor,
      cluster: cluster,
      databases: databases,
      slowStatements: slowStatements
    )
  }

  /// The database of a context.
  func database(_ context: String) -> Database {
    guard let database = databases[context] else { preconditionFailure("no context \(context)") }
    return database
  }

  /// Where the pictures are.
  var blobDirectory: String { "\(settings.dataDirectory)/blobs" }

  /// The migrations of a context.
  func migrator(_ context: String) throws -> Migrator {
    let folder = "\(settings.shareDirectory)/migrations"
    let parts = try Stage.platformParts.map {
      try MigrationSeries(schema: $0, directory: "\(folder)/\($0)")
    }
    return Migrator(
      context: context,
      series: parts + [try MigrationSeries(directory: "\(folder)/\(context)")],
      database: database(context),
      logger: logger
    )
  }

  /// Makes sure that the operator's own server will do; the private cluster always does.
  ///
  /// - Throws: ``Settings/Invalid`` naming what is wrong with the server.
  func requireUsableServer() async throws {
    guard cluster == nil else { return }
    for context in Stage.contexts { try await OwnServer(database(context), for: context).require() }
  }

  /// Brings every context to the newest schema.
  func migrate() async throws {
    try await requireUsableServer()
    try await withThrowingTaskGroup { group in
      for context in Stage.contexts {
        group.addTask {
          try await migrator(context).apply()
          try await EventLog.settle(in: database(context))
        }
      }
      try await group.waitForAll()
    }
  }

  /// Closes everything; PostgreSQL stops last, and only if this process started it.
  func strike() async {
    for database in databases.values { await database.close() }
    do {
      try await cluster?.stop()
    } catch {
      logger.error("PostgreSQL did not stop", metadata: ["error": "\(error)"])
    }
    reactor.stop()
    pool.stop()
  }

  private static func cluster(
    _ settings: Settings,
    tenure: Tenure,
    pool: BlockingPool,
    logger: Logger
  ) async throws -> PrivateCluster? {
    guard settings.databaseURL == nil else { return nil }
    let options = PrivateCluster.Options(dataDirectory: settings.dataDirectory, contexts: contexts)
    switch tenure {
    case .serving: return try await .start(options, pool: pool, logger: logger)
    case .besideServer: return try await .open(options, pool: pool, logger: logger)
    }
  }

  /// The operator's server: one database per context, named like it, on the server of the URL.
  private static func external(_ context: String, _ settings: Settings) throws
    -> DatabaseConfiguration
  {
    var configuration = try external(context, at: settings.databaseURL ?? "")
    configuration.replicas = try settings.replicaURLs.map { try replica(context, at: $0) }
    return configuration
  }

  /// libpq's keywords would be taken apart at their spaces, and of several hosts nobody knows which one
  /// answers.
  private static func replica(_ context: String, at url: String) throws -> [String: String] {
    guard url.hasPrefix("postgres://") || url.hasPrefix("postgresql://"),
      let replica = try? external(context, at: url),
      replica.parameters["host"]?.contains(",") != true
    else {
      throw Settings.Invalid(
        name: "ARTEL_REPLICA_URLS",
        allowed: "postgres:// URLs of one host each, with spaces between"
      )
    }
    return replica.parameters
  }

  private static func external(_ context: String, at url: String) throws -> DatabaseConfiguration {
    var configuration = try DatabaseConfiguration(url: url)
    configuration.parameters["dbname"] =
      "\(configuration.parameters["dbname"] ?? "artel")_\(context)"
    return configuration
  }
}
