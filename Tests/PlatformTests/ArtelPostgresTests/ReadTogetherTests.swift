import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Reading several things at once")
struct ReadTogetherTests {
  @Test func `answers in the order of the statements, by one connection and with one flush`()
    async throws
  {
    try await withDatabase { db async throws in
      var results: [ResultRows] = []
      var statements: [StatementRecord] = []
      var attempt = 0
      // What a busy machine keeps waiting for 50 ms goes round the lane, and its text for a while.
      try await eventually("none of them is late") {
        attempt += 1
        let late = db.activity.lateReads
        let texts: [SQL] = (0..<10).map {
          "select \($0)::int8, pg_backend_pid()::int8, now()::text, \(raw: "\(attempt)")"
        }
        (results, statements) = try await StatementLog.recording {
          try await db.readTogether(texts)
        }
        return db.activity.lateReads == late
      }

      #expect(try results.map { try $0[0].decode(Int.self, at: 0) } == Array(0..<10))
      // One sync is one transaction, so they share its time.
      #expect(Set(try results.map { try $0[0].decode(Int.self, at: 1) }).count == 1)
      #expect(Set(try results.map { try $0[0].decode(String.self, at: 2) }).count == 1)
      #expect(statements.map(\.lane) == Array(repeating: .shared, count: 10))
    }
  }

  @Test func `of nothing is nothing`() async throws {
    try await withDatabase { db async throws in
      #expect(try await db.readTogether([]).isEmpty)
    }
  }

  @Test func `throws the error of the first that failed, and spares others' reads`() async throws {
    try await withDatabase { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.readTogether(["select 1", "select 1 / 0", "select 'x'::int8"])
      }

      #expect(error?.sqlState == "22012")
      #expect(try await db.number("select 7") == 7)
    }
  }

  // Fails without the reads one by one: seen 0A000.
  @Test func `meets a changed schema by preparing again`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")
      let statements: [SQL] = ["select * from notes", "select * from notes limit 1"]
      for _ in 0..<8 { _ = try await db.readTogether(statements) }
      _ = try await db.write("alter table notes add column author text")

      let results = try await db.readTogether(statements)

      #expect(results.map(\.columnCount) == [2, 2])
    }
  }

  // Fails without the reads one by one: seen the late one hold up what came with it.
  @Test func `a statement that was late goes round the lane with those beside it`() async throws {
    try await withDatabase { db async throws in
      let statements: [SQL] = ["select pg_sleep(1)", "select 1::int8"]
      _ = try await db.readTogether(statements)

      let (_, log) = try await StatementLog.recording { try await db.readTogether(statements) }

      #expect(log.map(\.lane) == [.lease, .shared])
    }
  }

  @Test func `a cancelled task is answered at once`() async throws {
    try await withDatabase { db async throws in
      let reading = Task { try await db.readTogether(["select pg_sleep(30)", "select 1"]) }
      try await eventually("the read runs") {
        try await db.write(
          """
          select from pg_stat_activity
          where datname = current_database() and query = 'select pg_sleep(30)' and state = 'active'
          """
        ).count == 1
      }
      reading.cancel()

      await #expect(throws: CancellationError.self) { try await reading.value }
      _ = try await db.write(
        """
        select pg_cancel_backend(pid) from pg_stat_activity
        where datname = current_database() and query = 'select pg_sleep(30)'
        """
      )
    }
  }

  @Test func `in a transaction they see what it wrote`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")
      let counts = try await db.transaction { tx in
        _ = try await tx.write("insert into notes values ('a'), ('b')")
        return try await tx.readTogether([
          "select count(*) from notes", "select count(*) from notes where text = 'a'",
        ])
      }

      #expect(try counts.map { try $0[0].decode(Int.self, at: 0) } == [2, 1])
    }
  }
}
