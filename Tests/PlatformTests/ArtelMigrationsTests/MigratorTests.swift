import ArtelMigrations
import ArtelPostgres
import ArtelTesting
import Logging
import Testing

@Suite("Migrating a database")
struct MigratorTests {
  private let logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .error
    return logger
  }()

  private func files(_ texts: String...) throws -> [MigrationFile] {
    try texts.enumerated().map {
      try MigrationFile(fileName: "000\($0.offset + 1)_step.sql", text: $0.element)
    }
  }

  private func migrator(_ files: [MigrationFile], _ db: TestDatabase) -> Migrator {
    migrator([MigrationSeries(files: files)], db)
  }

  private func migrator(_ series: [MigrationSeries], _ db: TestDatabase) -> Migrator {
    Migrator(context: "test", series: series, database: db.database, logger: logger)
  }

  private func exists(_ relation: String, in db: TestDatabase) async throws -> Bool {
    let rows = try await db.read("select to_regclass(\(relation)) is not null")
    return try rows[0].decode(Bool.self, at: 0)
  }

  @Test func `pending migrations are applied once, in order`() async throws {
    let db = try await TestDatabase.empty()
    let files = try files(
      "create table a (id int); create table b (id int)",
      "alter table b add c int"
    )

    let first = try await migrator(files, db).apply()
    let second = try await migrator(files, db).apply()

    #expect(first == files)
    #expect(second.isEmpty)
    #expect(try await migrator(files, db).plan().applied == files)
    try await migrator(files, db).check()
  }

  @Test func `a part of the platform has numbers and names of its own`() async throws {
    let db = try await TestDatabase.empty()
    let part = MigrationSeries(
      schema: "parts",
      files: try files("create table parts.notes (id int)")
    )
    let app = MigrationSeries(files: try files("create table notes (id int)"))

    let first = try await migrator([part, app], db).apply()
    let second = try await migrator([part, app], db).apply()

    #expect(first == part.files + app.files)
    #expect(second.isEmpty)
    #expect(try await exists("parts.schema_migrations", in: db))
    #expect(try await exists("parts.notes", in: db))
    #expect(try await exists("public.notes", in: db))
  }

  @Test func `check names what is pending`() async throws {
    let db = try await TestDatabase.empty()

    let error = await #expect(throws: MigrationError.self) {
      try await migrator(files("create table a (id int)"), db).check()
    }

    #expect(error?.code == .pending)
    #expect(try await !exists("schema_migrations", in: db))
  }

  @Test func `a failure keeps the last whole migration and names file and line`() async throws {
    let db = try await TestDatabase.empty()
    let broken = try files(
      "create table a (id int)",
      "create table b (id int);\n\ncreate tabel c ()"
    )

    let error = await #expect(throws: MigrationError.self) {
      try await migrator(broken, db).apply()
    }

    #expect(error?.code == .refused)
    #expect(error?.file == "0002_step.sql")
    #expect(error?.description.contains("line 3") == true)
    #expect(try await exists("a", in: db))
    #expect(try await !exists("b", in: db))
    let mended = try files("create table a (id int)", "create table b (id int)")
    #expect(try await migrator(mended, db).apply() == [mended[1]])
  }

  @Test func `a lock that is held does not stop everybody else`() async throws {
    let db = try await TestDatabase.empty()
    let steps = try files("create table a (id int)", "alter table a add b int")
    try await migrator([steps[0]], db).apply()
    var migrator = migrator(steps, db)
    migrator.lockTimeout = .milliseconds(100)

    let error = try await db.database.transaction { [migrator] tx in
      _ = try await tx.write("lock table a in access share mode")
      return await #expect(throws: MigrationError.self) { try await migrator.apply() }
    }

    #expect(error?.description.contains("55P03") == true)
  }

  @Test func `nodes that start together take turns`() async throws {
    let db = try await TestDatabase.empty()
    let steps = try files("create table a (id int)", "create index concurrently a_idx on a (id)")

    let applied = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<3 {
        group.addTask { try await migrator(steps, db).apply().count }
      }
      return try await group.reduce(0, +)
    }

    #expect(applied == 2)
  }

  @Test func `an index that an interrupted build left is built again`() async throws {
    let db = try await TestDatabase.empty()
    let steps = try files(
      "create table a (id int); insert into a values (1), (1)",
      "create unique index concurrently a_key on a (id)"
    )
    await #expect(throws: MigrationError.self) { try await migrator(steps, db).apply() }
    #expect(try await exists("a_key", in: db))
    try await db.write("delete from a")

    try await migrator(steps, db).apply()

    let valid = try await db.read(
      "select indisvalid from pg_index where indexrelid = 'a_key'::regclass"
    )
    #expect(try valid[0].decode(Bool.self, at: 0))
  }

  @Test(arguments: ["accounts", "gallery"])
  func `the migrations of an app apply to an empty database`(_ context: String) async throws {
    let db = try await TestDatabase.make(context: context)

    #expect(try await exists("members", in: db))
  }
}
