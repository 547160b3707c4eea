import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Storing many rows without indexes")
struct WithoutIndexesTests {
  private static let shape: SQL = """
    select pg_get_indexdef(indexrelid) from pg_index where indrelid = 'leaves'::regclass
    union all
    select conname || ' ' || pg_get_constraintdef(oid)
    from pg_constraint where conrelid = 'leaves'::regclass
    order by 1
    """

  nonisolated(nonsending) private func withTrees(_ body: (Database) async throws -> Void)
    async throws
  {
    try await withDatabase { db async throws in
      try await db.withLease {
        try await $0.script(
          """
          create table trees (id bigint primary key, "old Name" text);
          create table leaves (id bigint primary key, tree bigint not null, place bigint not null);
          create unique index "Leaves, by place" on leaves (place desc) where place > 0;
          create index leaves_tree_idx on leaves using hash (tree);
          alter table leaves add constraint "leaves of trees" foreign key (tree)
            references trees on delete cascade deferrable initially deferred;
          create table bugs (leaf bigint references leaves);
          insert into trees values (1);
          """
        )
      }
      try await body(db)
    }
  }

  private func shape(_ db: Database) async throws -> [String] {
    try await db.write(Self.shape).map { try $0.decode(at: 0) }
  }

  @Test func `indexes and foreign keys are off meanwhile and the same afterwards`() async throws {
    try await withTrees { db async throws in
      let before = try await shape(db)

      let meanwhile = try await db.transaction { tx in
        try await tx.withoutIndexes(on: ["leaves"]) { () async throws -> [String] in
          _ = try await tx.write(
            "insert into leaves select n, 1, n from generate_series(1, 1000) as n"
          )
          return try await tx.read(Self.shape).map { try $0.decode(String.self, at: 0) }
        }
      }

      #expect(before.count == 5)
      // The key, which bugs refer to.
      #expect(meanwhile.count == 2)
      #expect(try await shape(db) == before)
      #expect(try await db.read("select count(*) from leaves")[0].decode(at: 0) == 1000)
    }
  }

  @Test(arguments: ["(1, 2, 1)", "(1, 1, 1), (2, 1, 1)"])
  func `rows that break them are refused, and everything is as it was`(rows: String)
    async throws
  {
    try await withTrees { db async throws in
      let before = try await shape(db)

      await #expect(throws: PostgresError.self) {
        try await db.transaction { tx in
          try await tx.withoutIndexes(on: ["leaves"]) {
            _ = try await tx.write(SQL(raw: "insert into leaves values \(rows)"))
          }
        }
      }

      #expect(try await shape(db) == before)
      #expect(try await db.read("select count(*) from leaves")[0].decode(at: 0) == 0)
    }
  }

  @Test func `made-up numbers are the same every time and gone afterwards`() async throws {
    try await withTrees { db async throws in
      let drawn: SQL = """
        select string_agg(pg_temp.pick(n, 1, 10, 2)::text, ',' order by n) || ' '
          || pg_temp.key(7, '2026-01-01Z', 255)
        from generate_series(1, 12::bigint) as n
        """
      var lines: Set<String> = []
      for _ in 1...2 {
        let line = try await db.transaction { tx in
          try await tx.makeDrawing()
          let line: String = try await tx.read(drawn)[0].decode(at: 0)
          try await tx.dropDrawing()
          return line
        }
        lines.insert(line)
      }

      #expect(lines.count == 1)
      #expect(lines.allSatisfy { $0.hasSuffix("-7007-8000-0000000000ff") })
      await #expect(throws: PostgresError.self) { try await db.write(drawn) }
    }
  }
}
