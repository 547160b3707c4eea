import Testing

@testable import ArtelMigrations

@Suite("Migration files")
struct MigrationFileTests {
  @Test func `a file is known by its number, its name and its checksum`() throws {
    let file = try MigrationFile(fileName: "0003_create_albums.sql", text: "select 1")

    #expect(file.number == 3)
    #expect(file.name == "create_albums")
    #expect(file.checksum == "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f")
    #expect(file.manner == .transaction)
  }

  @Test(arguments: ["3_albums.sql", "0003-albums.sql", "0003_Albums.sql", "albums.sql"])
  func `a name out of the pattern is refused`(_ name: String) {
    #expect(throws: MigrationError.self) { try MigrationFile(fileName: name, text: "select 1") }
  }

  @Test(arguments: ["begin; select 1", "select 1; COMMIT", "rollback", "savepoint a", "-- nothing"])
  func `transactions and emptiness are refused`(_ text: String) {
    let error = #expect(throws: MigrationError.self) {
      try MigrationFile(fileName: "0001_a.sql", text: text)
    }

    #expect(error?.code == .malformed)
    #expect(error?.file == "0001_a.sql")
  }

  @Test(arguments: [
    ("create index concurrently a_idx on a (b)", "a_idx"),
    ("-- Why: speed.\ncreate unique index concurrently if not exists \"A\" on a (b);", "\"A\""),
  ])
  func `a concurrent index stands alone and is known by name`(_ text: String, _ index: String)
    throws
  {
    let file = try MigrationFile(fileName: "0001_a.sql", text: text)

    #expect(file.manner == .alone(index: index))
  }

  @Test(arguments: [
    "create index concurrently on a (b)",
    "create table a (); create index concurrently a_idx on a (b)",
    "vacuum a; select 1",
  ])
  func `a statement that refuses transactions needs a name and a file of its own`(_ text: String) {
    #expect(throws: MigrationError.self) { try MigrationFile(fileName: "0001_a.sql", text: text) }
  }

  @Test func `a column named concurrently does not stand alone`() throws {
    let file = try MigrationFile(
      fileName: "0001_a.sql",
      text: "create table a (id int, concurrently int)"
    )

    #expect(file.manner == .transaction)
  }
}

@Suite("Planning migrations")
struct MigrationPlanTests {
  let files: [MigrationFile]

  init() throws {
    files = [
      try MigrationFile(fileName: "0001_a.sql", text: "select 1"),
      try MigrationFile(fileName: "0002_b.sql", text: "select 2"),
    ]
  }

  private func record(_ file: MigrationFile) -> MigrationPlan.Record {
    MigrationPlan.Record(number: file.number, name: file.name, checksum: file.checksum)
  }

  @Test func `what is not remembered is pending`() throws {
    let plan = try MigrationPlan(files: files, records: [record(files[0])])

    #expect(plan.applied == [files[0]])
    #expect(plan.pending == [files[1]])
  }

  @Test func `an edited migration is refused by name`() throws {
    let edited = try MigrationFile(fileName: "0001_a.sql", text: "select 11")

    let error = #expect(throws: MigrationError.self) {
      try MigrationPlan(files: [edited, files[1]], records: [record(files[0])])
    }

    #expect(error?.code == .edited)
    #expect(error?.file == "0001_a.sql")
  }

  @Test func `a database of a newer version is refused`() {
    let error = #expect(throws: MigrationError.self) {
      try MigrationPlan(files: [files[0]], records: files.map(record))
    }

    #expect(error?.code == .unknown)
    #expect(error?.file == "0002_b.sql")
  }

  @Test func `a hole in what is remembered is refused`() {
    let error = #expect(throws: MigrationError.self) {
      try MigrationPlan(files: files, records: [record(files[1])])
    }

    #expect(error?.code == .misnumbered)
  }
}
