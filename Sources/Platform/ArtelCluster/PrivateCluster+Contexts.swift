import ArtelPostgres
import Logging

extension PrivateCluster {
  /// What every context may use; made by the superuser.
  static let extensions = ["citext", "pg_trgm", "unaccent", "pg_stat_statements"]

  /// On a database that has been prepared, as its comment; change it together with the steps.
  private static let preparedMark = "artel context, preparation 1"

  /// Makes roles and databases that are missing; one query when nothing is.
  ///
  /// - `isReloading`: Whether the postmaster may not know yet who may act as which role.
  func prepareContexts(isReloading: Bool) async throws {
    guard !options.contexts.isEmpty else { return }
    if isReloading {
      try await awaitConnection(superuserConfiguration())
    }
    try await withSuperuser { database in
      let missing = try await self.unpreparedContexts(in: database)
      guard !missing.isEmpty else { return }
      for context in missing {
        try await self.makeRole(context, in: database)
        try await self.makeDatabase(context, owner: context, in: database)
      }
    }
    if isReloading {
      for context in options.contexts {
        try await awaitConnection(configuration(for: context))
      }
    }
  }

  /// Makes an empty database with the extensions every context has, for a role that exists; does
  /// nothing when there is one.
  ///
  /// - Throws: `PostgresError`; a half-made database is finished by the next call.
  public func makeDatabase(_ name: String, owner: String) async throws {
    try await withSuperuser { try await self.makeDatabase(name, owner: owner, in: $0) }
  }

  private func makeDatabase(_ name: String, owner: String, in cluster: Database) async throws {
    let quoted = SQL.quoted(name)
    try await cluster.withLease { lease in
      let existing = try await lease.read("select 1 from pg_database where datname = \(name)")
      if existing.isEmpty {
        try await lease.script(
          "create database \(quoted) owner \(SQL.quoted(owner)) template template0"
        )
      }
      try await lease.script("revoke all on database \(quoted) from public")
    }
    try await withSuperuser(database: name) { database in
      for name in PrivateCluster.extensions {
        _ = try await database.write("create extension if not exists \(identifier: name)")
      }
    }
    try await cluster.withLease { lease in
      try await lease.script("comment on database \(quoted) is '\(PrivateCluster.preparedMark)'")
    }
  }

  private func makeRole(_ context: String, in cluster: Database) async throws {
    try await cluster.withLease { lease in
      let existing = try await lease.read("select 1 from pg_roles where rolname = \(context)")
      if existing.isEmpty {
        try await lease.script("create role \(SQL.quoted(context)) login")
      }
      // Whoever may connect to one database only may not look into the others.
      try await lease.script("revoke all on database postgres, template1 from public")
    }
  }

  /// Connects as the superuser for a while.
  func withSuperuser<Result: Sendable>(
    database name: String = "postgres",
    _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    try await withDatabase(superuserConfiguration(database: name), body)
  }

  private func withDatabase<Result: Sendable>(
    _ configuration: DatabaseConfiguration,
    _ body: @Sendable (Database) async throws -> Result
  ) async throws -> Result {
    var configuration = configuration
    configuration.sharedConnections = 1
    configuration.leases = 1
    configuration.acquireTimeout = .seconds(60)
    let reactor = Reactor()
    defer { reactor.stop() }
    let database = Database(configuration, reactor: reactor, pool: pool, logger: logger)
    do {
      let result = try await body(database)
      await database.close()
      return result
    } catch {
      await database.close()
      throw error
    }
  }

  /// Tries until the postmaster has read its files again; it does so within milliseconds, on a machine
  /// without a free core within seconds.
  private func awaitConnection(_ configuration: DatabaseConfiguration) async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do {
        return try await withDatabase(configuration) { _ = try await $0.write("select 1") }
      } catch let error as PostgresError where error.code == .connectionUnavailable {
        guard ContinuousClock.now < deadline else { throw error }
        try await Task.sleep(for: .milliseconds(10))
      }
    }
  }

  private func unpreparedContexts(in database: Database) async throws -> [String] {
    let rows = try await database.write(
      """
      select d.datname::text
      from pg_database d
      join pg_roles r on r.oid = d.datdba and r.rolname = d.datname
      where shobj_description(d.oid, 'pg_database') = \(PrivateCluster.preparedMark)
      """
    )
    let prepared = Set(try rows.map { try $0.decode(String.self, at: 0) })
    return options.contexts.filter { !prepared.contains($0) }
  }
}
