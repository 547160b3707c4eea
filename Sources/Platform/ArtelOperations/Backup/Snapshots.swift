import ArtelCluster
import ArtelConcurrency
import ArtelPostgres
import ArtelStorage
import Logging

/// Reads all databases as they were at nearly one moment.
struct Snapshots: Sendable {
  /// What one database looked like.
  struct Context: Sendable {
    let name: String
    /// Lets other connections see the same, while the reading lasts.
    let snapshot: String
    let rowCounts: [String: Int]
    let references: Set<Digest>
  }

  /// What all databases looked like, in the order of the contexts.
  struct Reading: Sendable {
    let contexts: [Context]

    /// The blobs that rows name.
    var references: Set<Digest> {
      contexts.reduce(into: []) { $0.formUnion($1.references) }
    }
  }

  private let contexts: [BackupContext]
  private let cluster: PrivateCluster
  private let pool: BlockingPool
  private let logger: Logger

  init(of contexts: [BackupContext], in cluster: PrivateCluster, pool: BlockingPool, logger: Logger)
  {
    self.contexts = contexts
    self.cluster = cluster
    self.pool = pool
    self.logger = logger
  }

  /// Holds a snapshot of every database while `body` runs.
  func read<Result: Sendable>(_ body: (Reading) async throws -> Result) async throws -> Result {
    let reactor = Reactor()
    defer { reactor.stop() }
    let databases = contexts.map { context in
      var configuration = cluster.superuserConfiguration(database: context.name)
      configuration.sharedConnections = 1
      configuration.leases = 1
      return Database(configuration, reactor: reactor, pool: pool, logger: logger)
    }
    do {
      // Connected beforehand, so that the snapshots are close together.
      for database in databases { _ = try await database.write("select 1") }
      let result = try await hold(databases[...], held: [], body)
      for database in databases { await database.close() }
      return result
    } catch {
      for database in databases { await database.close() }
      throw error
    }
  }

  /// Takes the last database's snapshot, then those before it, and runs `body` inside all of them.
  private func hold<Result: Sendable>(
    _ databases: ArraySlice<Database>,
    held: [(lease: Lease, snapshot: String)],
    _ body: (Reading) async throws -> Result
  ) async throws -> Result {
    guard let database = databases.last else {
      var read: [Context] = []
      for (context, holding) in zip(contexts, held) {
        read.append(try await look(at: context, with: holding.lease, snapshot: holding.snapshot))
      }
      return try await body(Reading(contexts: read))
    }
    return try await database.withLease { lease in
      try await lease.script("begin isolation level repeatable read, read only")
      do {
        let rows = try await lease.read("select pg_export_snapshot()")
        let result = try await hold(
          databases.dropLast(),
          held: [(lease, try rows[0].decode(String.self, at: 0))] + held,
          body
        )
        try await lease.script("commit")
        return result
      } catch {
        try? await Task { try await lease.script("rollback") }.value
        throw error
      }
    }
  }

  private func look(at context: BackupContext, with lease: Lease, snapshot: String) async throws
    -> Context
  {
    var references: Set<Digest> = []
    if let query = context.blobReferences {
      for row in try await lease.read(SQL(raw: query)) {
        if let bytes = try row.decode(Bytea?.self, at: 0), let digest = Digest(bytes: bytes.bytes) {
          references.insert(digest)
        }
      }
    }
    return Context(
      name: context.name,
      snapshot: snapshot,
      rowCounts: try await Snapshots.rowCounts(with: lease),
      references: references
    )
  }

  /// Counts the rows of every table in the schema `public`.
  ///
  /// Cost: reads all tables.
  static func rowCounts(with reader: some StatementReader) async throws -> [String: Int] {
    let tables = try await reader.read(
      "select tablename::text from pg_tables where schemaname = 'public' order by tablename"
    )
    var counts: [String: Int] = [:]
    for table in tables {
      let name = try table.decode(String.self, at: 0)
      let rows = try await reader.read("select count(*) from public.\(identifier: name)")
      counts[name] = try rows[0].decode(Int.self, at: 0)
    }
    return counts
  }
}
