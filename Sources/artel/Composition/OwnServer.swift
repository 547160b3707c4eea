import ArtelPostgres

/// A context's database on a PostgreSQL server of the operator's own, before anything is stored in it.
///
/// The private cluster is made so that all of this holds; another server may be anything.
struct OwnServer {
  private let database: Database
  private let context: String

  /// Those that an owner of a database may make; the private cluster also counts statements.
  private static let extensions = ["citext", "pg_trgm", "unaccent"]

  init(_ database: Database, for context: String) {
    self.database = database
    self.context = context
  }

  /// Makes the extensions that are missing, and refuses a server on which Artel would fail later.
  ///
  /// - Throws: ``Settings/Invalid`` naming what is wrong and how to mend it.
  func require() async throws {
    do {
      try await requireServer()
      try await makeExtensions()
      try await requireRussian()
    } catch let error as PostgresError {
      throw Settings.Invalid(name: "ARTEL_DATABASE_URL", allowed: advice(on: error))
    }
  }

  private func requireServer() async throws {
    let row = try await database.read(
      """
      select current_setting('server_version_num')::int,
        current_setting('max_connections')::int
          - current_setting('superuser_reserved_connections')::int
      """
    )[0]
    guard try row.decode(Int.self, at: 0) >= 150_000 else {
      throw refusal("PostgreSQL 15 or newer")
    }
    let configuration = database.configuration
    // One more for each database listens.
    let needed = Stage.contexts.count * (configuration.sharedConnections + configuration.leases + 1)
    guard try row.decode(Int.self, at: 1) >= needed else {
      throw refusal("a server with room for \(needed) connections: raise max_connections")
    }
  }

  private func makeExtensions() async throws {
    for name in OwnServer.extensions {
      _ = try await database.write("create extension if not exists \(identifier: name)")
    }
  }

  /// In a database without a locale for it, PostgreSQL changes and finds ASCII letters only, without a word.
  private func requireRussian() async throws {
    let row = try await database.read(
      "select lower('Я') = 'я', cardinality(show_trgm('привет')) > 0"
    )[0]
    guard try row.decode(Bool.self, at: 0), try row.decode(Bool.self, at: 1) else {
      throw refusal(
        "a database in UTF-8 whose locale knows Russian letters, such as one made with "
          + "encoding 'UTF8' locale 'C.UTF-8' template template0"
      )
    }
  }

  private func refusal(_ allowed: String) -> Settings.Invalid {
    Settings.Invalid(name: "ARTEL_DATABASE_URL", allowed: allowed)
  }

  /// What PostgreSQL says about connections and extensions names databases and roles, and no values.
  private func advice(on error: PostgresError) -> String {
    let parameters = database.configuration.parameters
    return "PostgreSQL refused \(context)'s database \(parameters["dbname"] ?? "") to "
      + "\(parameters["user"] ?? "this user"), who must own it: \(error.debugDescription)"
  }
}
