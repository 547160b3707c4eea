public import ArtelMigrations
public import ArtelPostgres
import Synchronization

/// A test's own database: a copy of a migrated template, gone when the test is.
///
/// Copying takes some 20 ms; the template is made when its migrations change. At most ten tests of
/// a process hold databases at a time, others wait. Databases that a killed process left behind are
/// removed by the next run.
///
/// ```swift
/// let db = try await TestDatabase.make(context: "gallery")
/// try await db.write("insert into …")
/// ```
public final class TestDatabase: StatementWriter {
  /// Its name in the ``TestCluster``.
  public let name: String

  private let owned: Mutex<Database?>
  private let slot: Mutex<String?>

  private init(name: String, database: Database, slot: String?) {
    self.name = name
    owned = Mutex(database)
    self.slot = Mutex(slot)
  }

  /// Copies the template of a context.
  ///
  /// - `migrations`: A folder with all there is to apply. Default: the platform's parts and the
  ///   migrations of the app with that name in this checkout.
  public static func make(
    context: String,
    migrations: String? = nil,
    from filePath: String = #filePath
  ) async throws -> TestDatabase {
    let folder = migrations ?? SourceTree.migrations(of: context, from: filePath)
    let parts = try migrations == nil ? SourceTree.platformMigrations(from: filePath) : []
    return try await make(context: context, series: parts + [MigrationSeries(directory: folder)])
  }

  /// Makes a database with the usual extensions and nothing else.
  public static func empty() async throws -> TestDatabase {
    try await make(context: "empty", series: [])
  }

  /// Makes a database that has been through `series`.
  public static func make(context: String, series: [MigrationSeries]) async throws -> TestDatabase {
    let cluster = TestCluster.shared
    let slot = await cluster.slots.acquire()
    do {
      let name = try await cluster.makeDatabase(context: context, series: series)
      let database = Database(
        try await cluster.configuration(database: name),
        reactor: cluster.reactor,
        pool: cluster.pool,
        logger: cluster.logger
      )
      return TestDatabase(name: name, database: database, slot: slot)
    } catch {
      slot.map(cluster.slots.release)
      throw error
    }
  }

  /// The database as programs get it.
  ///
  /// It goes with this object, unless somebody else holds it too: then the next run removes it.
  public var database: Database {
    owned.withLock { database in
      guard let database else { preconditionFailure("\(name) was closed") }
      return database
    }
  }

  /// How to connect to it in another way.
  public var configuration: DatabaseConfiguration { database.configuration }

  /// Runs one reading statement on the shared lane.
  public func read(_ sql: SQL) async throws -> ResultRows {
    try await database.read(sql)
  }

  /// Runs one statement on a lease.
  @discardableResult
  public func write(_ sql: SQL) async throws -> ResultRows {
    try await database.write(sql)
  }

  /// Closes its connections and removes it, before the object goes.
  ///
  /// Calling it again does nothing.
  public func close() async throws {
    guard let database = owned.withLock({ $0.take() }) else { return }
    await database.close()
    try await TestCluster.shared.dropDatabase(name)
    releaseSlot()
  }

  deinit {
    let isLast = owned.withLock { isKnownUniquelyReferenced(&$0) }
    if isLast, let database = owned.withLock({ $0.take() }) {
      Task { [name] in
        await database.close()
        try? await TestCluster.shared.dropDatabase(name)
      }
    }
    releaseSlot()
  }

  private func releaseSlot() {
    slot.withLock { $0.take() }.map(TestCluster.shared.slots.release)
  }
}
