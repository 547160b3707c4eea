import ArtelConcurrency
import ArtelTesting
import Logging

@testable import ArtelPostgres

/// Says nothing.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` on an empty database of its own, opened with settings of its own.
nonisolated(nonsending) func withDatabase(
  _ adjust: (inout DatabaseConfiguration) -> Void = { _ in },
  logger: Logger = silent,
  run body: (Database) async throws -> Void
) async throws {
  let test = try await TestDatabase.empty()
  try await withDatabase(test.configuration, adjust, logger: logger, run: body)
  try await test.close()
}

/// Runs `body` on an empty database seen through a proxy; `test` is the way around the proxy.
nonisolated(nonsending) func withProxiedDatabase(
  _ adjust: (inout DatabaseConfiguration) -> Void = { _ in },
  run body: (_ db: Database, _ proxy: FaultyProxy, _ test: TestDatabase) async throws -> Void
) async throws {
  let test = try await TestDatabase.empty()
  let proxy = try FaultyProxy(inFrontOf: test.configuration)
  try await withDatabase(proxy.configuration(test.configuration), adjust) { db async throws in
    try await body(db, proxy, test)
  }
  try await test.close()
}

/// Runs `body` on the database that `configuration` leads to, and closes it in any case.
nonisolated(nonsending) func withDatabase(
  _ configuration: DatabaseConfiguration,
  _ adjust: (inout DatabaseConfiguration) -> Void = { _ in },
  logger: Logger = silent,
  run body: (Database) async throws -> Void
) async throws {
  var configuration = configuration
  adjust(&configuration)
  let pool = BlockingPool(name: "test", threads: 4)
  let reactor = Reactor()
  let db = Database(configuration, reactor: reactor, pool: pool, logger: logger)
  defer {
    reactor.stop()
    pool.stop()
  }
  do {
    try await body(db)
  } catch {
    await db.close()
    throw error
  }
  await db.close()
}

extension StatementReader {
  /// The number in the first column of the only row.
  func number(_ sql: SQL) async throws -> Int {
    try await read(sql)[0].decode(Int.self, at: 0)
  }
}
