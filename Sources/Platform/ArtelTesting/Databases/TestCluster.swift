public import ArtelCluster
import ArtelConcurrency
import ArtelMigrations
public import ArtelPostgres
import FoundationEssentials
import Glibc
import Logging

/// One PostgreSQL for all tests of this account: started on first use, kept between runs.
///
/// It writes without waiting for the disk. As root it runs as the system user `artel`, or
/// `postgres` where there is none.
public actor TestCluster {
  /// What a process of tests has once; tests of many suites run in it side by side.
  static let shared = TestCluster()

  /// The role that owns every test's database.
  static let role = "testing"

  nonisolated let pool = BlockingPool(name: "test-cluster", threads: 8)
  nonisolated let reactor = Reactor()
  nonisolated let slots = TestSlots(limit: 10)
  nonisolated let logger: Logger

  private var starting: Task<Started, any Error>?
  private var templates: [String: Task<String, any Error>] = [:]
  private var databaseCount = 0

  private struct Started: Sendable {
    let cluster: PrivateCluster
    let superuser: Database
  }

  private init() {
    var logger = Logger(label: "artel.testing")
    logger.logLevel = .error
    self.logger = logger
  }

  /// The cluster itself, for tests of what is not inside one database.
  public static func cluster() async throws -> PrivateCluster {
    try await shared.started().cluster
  }

  /// Opens any database with the reactor and the threads of the tests; close it before the test ends.
  ///
  /// - `observer`: Called after every statement; default none.
  public static func open(
    _ configuration: DatabaseConfiguration,
    observer: (@Sendable (StatementRecord) -> Void)? = nil
  ) -> Database {
    Database(
      configuration,
      reactor: shared.reactor,
      pool: shared.pool,
      logger: shared.logger,
      observer: observer
    )
  }

  /// Makes a database like the template for `series` and returns its name.
  func makeDatabase(context: String, series: [MigrationSeries]) async throws -> String {
    let template = try await template(context: context, series: series)
    databaseCount += 1
    let name = TestProcess.current.databasePrefix + "\(databaseCount)_\(context)"
    // Nothing waits for the disk here, and then copying files costs half of what logging them does.
    try await run(
      """
      create database \(SQL.quoted(name)) owner \(TestCluster.role) template \(SQL.quoted(template)) \
      strategy file_copy
      """
    )
    return name
  }

  /// Removes a database with whoever is connected to it.
  func dropDatabase(_ name: String) async throws {
    try await run("drop database if exists \(SQL.quoted(name)) with (force)")
  }

  /// Connects to a test's database as its owner.
  func configuration(database: String) async throws -> DatabaseConfiguration {
    var configuration = try await started().cluster.configuration(
      role: TestCluster.role,
      database: database
    )
    configuration.sharedConnections = 1
    configuration.leases = 4
    configuration.readTimeout = .seconds(30)
    // A thousand calls may wait for the four at once.
    configuration.acquireTimeout = .seconds(120)
    return configuration
  }

  // MARK: Starting

  private func started() async throws -> Started {
    if let starting { return try await starting.value }
    let task = Task { try await start() }
    starting = task
    return try await task.value
  }

  private func start() async throws -> Started {
    let caller = try SystemUser.current()
    let user = caller.userID == 0 ? SystemUser.named("artel") ?? SystemUser.named("postgres") : nil
    let cluster = try await PrivateCluster.start(
      PrivateCluster.Options(
        dataDirectory: "/tmp/artel-tests-\(caller.name)",
        contexts: [TestCluster.role],
        runAs: user,
        durability: .fast,
        tenure: .shared
      ),
      pool: pool,
      logger: logger
    )
    var configuration = cluster.superuserConfiguration()
    configuration.leases = 4
    // The first tests of a new machine wait until the templates are made.
    configuration.acquireTimeout = .seconds(600)
    let superuser = Database(configuration, reactor: reactor, pool: pool, logger: logger)
    let started = Started(cluster: cluster, superuser: superuser)
    Task(priority: .background) { await sweep(superuser) }
    return started
  }

  /// Removes what processes left that are gone, and templates that nobody used for a week.
  private func sweep(_ superuser: Database) async {
    let rows = try? await superuser.read(
      """
      select datname::text, coalesce(shobj_description(oid, 'pg_database'), '') < (now() - interval '7 days')::date::text
      from pg_database
      where datname like 'test\\_%' or datname like 'template\\_%\\_%'
      """
    )
    guard let rows else { return }
    for row in rows {
      guard let name = try? row.decode(String.self, at: 0),
        let isOld = try? row.decode(Bool.self, at: 1)
      else {
        continue
      }
      let maker = TestProcess(databaseName: name)
      if maker?.isAlive == false || (maker == nil && isOld) {
        // Another process may sweep at the same time.
        try? await dropDatabase(name)
      }
    }
  }

  // MARK: Templates

  private func template(context: String, series: [MigrationSeries]) async throws -> String {
    let name = TestCluster.templateName(context: context, series: series)
    if let template = templates[name] { return try await template.value }
    let task = Task { try await makeTemplate(name, context: context, series: series) }
    templates[name] = task
    do {
      return try await task.value
    } catch {
      templates[name] = nil
      throw error
    }
  }

  /// One process at a time makes a template, under another name until it is whole.
  private func makeTemplate(_ name: String, context: String, series: [MigrationSeries]) async throws
    -> String
  {
    let started = try await started()
    let turn = Int64(bitPattern: TestCluster.hash([name]))
    return try await started.superuser.withLease { lease in
      _ = try await lease.read("select pg_advisory_lock(\(turn))")
      do {
        let existing = try await lease.read("select 1 from pg_database where datname = \(name)")
        if existing.isEmpty {
          try await self.buildTemplate(
            name,
            context: context,
            series: series,
            started: started,
            lease: lease
          )
        }
        try await lease.script("comment on database \(SQL.quoted(name)) is '\(TestCluster.today)'")
        _ = try await lease.read("select pg_advisory_unlock(\(turn))")
        return name
      } catch {
        _ = try? await lease.read("select pg_advisory_unlock(\(turn))")
        throw error
      }
    }
  }

  private func buildTemplate(
    _ name: String,
    context: String,
    series: [MigrationSeries],
    started: Started,
    lease: Lease
  ) async throws {
    let building = name.replacing("template_", with: "building_", maxReplacements: 1)
    try await lease.script("drop database if exists \(SQL.quoted(building)) with (force)")
    try await started.cluster.makeDatabase(building, owner: TestCluster.role)
    let database = Database(
      try await configuration(database: building),
      reactor: reactor,
      pool: pool,
      logger: logger
    )
    do {
      try await Migrator(context: context, series: series, database: database, logger: logger)
        .apply()
      await database.close()
    } catch {
      await database.close()
      throw error
    }
    try await lease.script("alter database \(SQL.quoted(building)) allow_connections false")
    _ = try await lease.read(
      "select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = \(building)"
    )
    try await lease.script("alter database \(SQL.quoted(building)) rename to \(SQL.quoted(name))")
  }

  private static func templateName(context: String, series: [MigrationSeries]) -> String {
    let digits = String(hash(series.flatMap { [$0.schema] + $0.files.map(\.checksum) }), radix: 16)
    return "template_\(context)_\(digits)"
  }

  /// FNV-1a, 64 bits.
  private static func hash(_ texts: [String]) -> UInt64 {
    texts.joined(separator: " ").utf8.reduce(0xcbf2_9ce4_8422_2325) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
  }

  private static var today: String {
    Date().formatted(.iso8601.year().month().day())
  }

  private func run(_ script: String) async throws {
    try await started().superuser.withLease { try await $0.script(script) }
  }
}
