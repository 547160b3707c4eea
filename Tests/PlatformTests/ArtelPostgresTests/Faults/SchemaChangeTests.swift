import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("A schema that changes under prepared statements", .timeLimit(.minutes(10)))
struct SchemaChangeTests {
  private static let changes = [
    "alter table notes add column author text",
    "alter table notes drop column tag",
    "alter table notes alter column size type int8",
    "alter table notes rename column tag to label",
  ]

  // Fails without preparing again: seen 0A000 for every change.
  @Test(arguments: changes)
  func `reads on every connection meet it by preparing again`(_ change: String) async throws {
    try await withNotes { db async throws in
      try await onEveryConnection { _ = try await db.read("select * from notes, pg_sleep(0.02)") }
      _ = try await db.write(SQL(raw: change))

      // Alone it is refused by one connection and sent again to the other while the first recovers.
      _ = try await db.read("select * from notes, pg_sleep(0.02)")
      try await onEveryConnection {
        let names = try await db.read("select * from notes, pg_sleep(0.02)").columnNames
        #expect(names != ["text", "tag", "size", "pg_sleep"] || change.contains("type"))
      }
    }
  }

  // Fails when either is not run again: seen 0A000 for every change.
  @Test(arguments: changes)
  func `writes and first statements of transactions meet it too`(_ change: String) async throws {
    try await withNotes { db async throws in
      let insert = SQL("insert into notes values ('x') returning *")
      let select = SQL("select * from notes, pg_sleep(0.02)")
      try await onEveryConnection {
        _ = try await db.write(insert)
        try await db.transaction { _ = try await $0.read(select) }
      }
      let before = try await db.number("select count(*) from notes")
      _ = try await db.write(SQL(raw: change))

      try await onEveryConnection {
        _ = try await db.write(insert)
        try await db.transaction { _ = try await $0.read(select) }
      }

      #expect(try await db.number("select count(*) from notes") == before + 16)
    }
  }

  // Fails when only reads on the lane are run again: seen 0A000.
  @Test func `a late read meets it on its lease`() async throws {
    try await withNotes { db async throws in
      let late = SQL("select *, pg_sleep(0.1) from notes limit 1")
      for _ in 0..<3 { _ = try await db.read(late) }
      _ = try await db.write("alter table notes add column author text")

      #expect(try await db.read(late).columnCount == 5)
    }
  }

  // Fails when the name is not forgotten: seen 0A000 the next time too.
  @Test func `a later statement of a transaction says so and works the next time`() async throws {
    try await withNotes { db async throws in
      let body: @Sendable (Transaction) async throws -> Int = { tx in
        _ = try await tx.read("select 1")
        return try await tx.read("select * from notes").columnCount
      }
      #expect(try await db.transaction(body) == 3)
      try await db.withLease { _ = try await $0.write("alter table notes add column author text") }

      let error = await #expect(throws: PostgresError.self) { try await db.transaction(body) }

      #expect(error?.sqlState == "0A000")
      #expect(try await db.transaction(body) == 4)
    }
  }

  // Fails when every 0A000 passes for a stale plan: seen 2 statements.
  @Test func `what PostgreSQL does not do is refused once, not tried on every connection`()
    async throws
  {
    try await withNotes { db async throws in
      let (error, statements) = await StatementLog.recording {
        await #expect(throws: PostgresError.self) {
          try await db.write("select distinct text from notes for update")
        }
      }

      #expect(error?.sqlState == "0A000")
      #expect(statements.count == 1)
    }
  }

  // Fails without the check: seen unknownOutcome for what was never sent.
  @Test func `more values than the protocol carries are refused before they are sent`() async throws
  {
    try await withNotes { db async throws in
      let values = SQL.joined((0..<65_536).map { "\($0)" as SQL })
      let write = await #expect(throws: PostgresError.self) {
        try await db.write("insert into notes (size) values (\(values))")
      }
      let read = await #expect(throws: PostgresError.self) {
        try await db.read("select 1 where 1 in (\(values))")
      }

      #expect(write?.code == .misuse)
      #expect(read?.code == .misuse)
    }
  }

  private func withNotes(_ body: (Database) async throws -> Void) async throws {
    try await withDatabase { configuration in
      configuration.sharedConnections = 2
      configuration.leases = 4
    } run: { db async throws in
      _ = try await db.write("create table notes (text text, tag text, size int4)")
      _ = try await db.write("insert into notes values ('first')")
      try await body(db)
    }
  }

  /// Runs `body` often enough at a time that every connection takes part.
  private func onEveryConnection(_ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for _ in 0..<16 { group.addTask { try await body() } }
      try await group.waitForAll()
    }
  }
}
