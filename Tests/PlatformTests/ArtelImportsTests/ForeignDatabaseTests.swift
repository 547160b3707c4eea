import ArtelIdentifiers
import ArtelImports
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("The database of another system")
struct ForeignDatabaseTests {
  @Test func `is read in batches, each row once`() async throws {
    let db = try await TestDatabase.empty()
    let foreign = try await ForeignDatabase(db.database)
    var sizes: [Int] = []
    var last: [ForeignRow] = []

    let count = try await foreign.read(
      "select n::text, repeat('я', 5000) from generate_series(1, 1001) as n",
      inBatchesOf: 100
    ) { rows in
      sizes.append(rows.count)
      last = rows
    }

    #expect(count == 1_001)
    #expect(sizes == [Int](repeating: 100, count: 10) + [1])
    #expect(last[0].number(0) == 1_001 && last[0].text(1)?.count == 5_000)
  }

  /// Fails without `read only`: nothing was refused.
  @Test func `nothing is written there`() async throws {
    let db = try await TestDatabase.empty()
    try await db.write("create sequence numbers")
    let foreign = try await ForeignDatabase(db.database)

    let refusal = await #expect(throws: PostgresError.self) {
      try await foreign.read("select nextval('numbers')::text", inBatchesOf: 1) { _ in }
    }
    // read_only_sql_transaction
    #expect(refusal?.sqlState == "25006", "\(refusal.debugDescription)")
  }

  @Test func `tables are found by their columns, however they are written`() async throws {
    let db = try await TestDatabase.empty()
    try await db.write(#"create table "PostTags" ("PostId" uuid, tag_id uuid)"#)
    try await db.write("create table other (post_id uuid)")

    let found = try await ForeignDatabase(db.database).tables(withColumns: [["postId"], ["tagId"]])

    #expect(found.map(\.table) == ["PostTags"])
    #expect(found.first?.columns == ["PostId", "tag_id"])
  }

  @Test func `what was taken is known, and is taken by one at a time`() async throws {
    let db = try await TestDatabase.make(context: "accounts")
    let kind = ImportKind("cup")
    let source = ForeignID.generate()
    let id = ForeignID.generate()

    for _ in 0..<2 {
      try await db.database.transaction { tx in
        try await ImportKind.hold(in: tx)
        try await kind.remember([(source: source, id: id)], in: tx)
      }
    }

    #expect(
      try await kind.known([source, id], as: ForeignID.self, in: db.database) == [source: id]
    )
    #expect(
      try await ImportKind("pot").known([source], as: ForeignID.self, in: db.database).isEmpty
    )
  }
}
