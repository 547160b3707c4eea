import ArtelTesting
import Foundation
import Testing

@testable import ArtelPostgres

@Suite("Reading on the shared lane")
struct SharedLaneTests {
  @Test func `values of every type come back as they were sent`() async throws {
    try await withDatabase { db async throws in
      let id = UUID()
      let rows = try await db.read(
        "select \(42), \("привет"), \(true), \(2.5), \(id), \([1, 2]), \(Bytea([0, 1])), \(Decimal(string: "12.34"))"
      )

      let row = try #require(rows.first)
      #expect(try row.decode(Int.self, at: 0) == 42)
      #expect(try row.decode(String.self, at: 1) == "привет")
      #expect(try row.decode(Bool.self, at: 2))
      #expect(try row.decode(Double.self, at: 3) == 2.5)
      #expect(try row.decode(UUID.self, at: 4) == id)
      #expect(try row.decode([Int].self, at: 5) == [1, 2])
      #expect(try row.decode(Bytea.self, at: 6) == Bytea([0, 1]))
      #expect(try row.decode(Decimal.self, at: 7) == Decimal(string: "12.34"))
    }
  }

  @Test func `enums and domains go both ways`() async throws {
    enum Mood: String, PostgresCodable { case calm, stormy }
    try await withDatabase { db async throws in
      _ = try await db.write("create type mood as enum ('calm', 'stormy')")
      _ = try await db.write("create domain score as int check (value between 0 and 10)")
      _ = try await db.write("create table days (mood mood, score score)")
      _ = try await db.write("insert into days values (\(Mood.stormy), \(7))")

      let row = try #require(
        try await db.read("select mood, score from days where mood = \(Mood.stormy)").first
      )

      #expect(try row.decode(Mood.self, at: 0) == .stormy)
      #expect(try row.decode(Int.self, at: 1) == 7)
      let error = await #expect(throws: PostgresError.self) {
        try await db.write("insert into days values ('calm', \(11))")
      }
      #expect(error?.constraint == "score_check")
    }
  }

  @Test func `a write is refused by the server`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")

      let error = await #expect(throws: PostgresError.self) {
        try await db.read("insert into notes values ('x')")
      }

      #expect(error?.sqlState == "25006")
    }
  }

  @Test func `a killed connection is replaced and its reads are sent again`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.read("select 1")
      _ = try await db.write(
        """
        select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()
        """
      )

      #expect(try await db.read("select \(7)")[0].decode(Int.self, at: 0) == 7)
    }
  }

  @Test func `cancelling a read only drops its waiter`() async throws {
    try await withDatabase { db async throws in
      let task = Task { try await db.read("select pg_sleep(0.5)") }
      task.cancel()

      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await db.read("select \(1)").count == 1)
    }
  }

  @Test func `statements are recorded without their values`() async throws {
    try await withDatabase { db async throws in
      let (_, statements) = try await StatementLog.recording {
        try await db.read("select \("secret")")
      }

      #expect(statements.map(\.text) == ["select $1"])
      #expect(statements.map(\.lane) == [.shared])
    }
  }
}

@Suite("Writing on leases")
struct LeaseTests {
  @Test func `a transaction that throws leaves nothing behind`() async throws {
    struct Refusal: Error {}
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")

      await #expect(throws: Refusal.self) {
        try await db.transaction { tx in
          _ = try await tx.write("insert into notes values ('x')")
          throw Refusal()
        }
      }

      #expect(try await db.read("select * from notes").isEmpty)
    }
  }

  @Test func `a savepoint undoes its own statements only`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text primary key)")
      try await db.transaction { tx in
        _ = try await tx.write("insert into notes values ('kept')")
        await #expect(throws: PostgresError.self) {
          try await tx.savepoint { try await $0.write("insert into notes values ('kept')") }
        }
      }

      #expect(try await db.read("select * from notes").count == 1)
    }
  }

  @Test func `a commit after a swallowed failure is an error, not a silent rollback`() async throws
  {
    try await withDatabase { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { tx in _ = try? await tx.write("select 1 / 0") }
      }

      #expect(error?.code == .misuse)
    }
  }

  @Test func `begin travels with the first statement`() async throws {
    try await withDatabase { db async throws in
      let (_, statements) = try await StatementLog.recording {
        try await db.transaction { try await $0.write("select 1") }
      }

      #expect(
        statements.map(\.text) == ["begin isolation level read committed", "select 1", "commit"]
      )
    }
  }

  @Test func `a constraint that refuses is named`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write(
        "create table notes (text text constraint notes_text_short check (length(text) < 3))"
      )

      let error = await #expect(throws: PostgresError.self) {
        try await db.write("insert into notes values (\("a secret"))")
      }

      #expect(error?.constraint == "notes_text_short")
      #expect(error?.blame == .caller)
      #expect(error?.description.contains("secret") == false)
    }
  }

  @Test func `a statement behind a failed one is refused, not waited for`() async throws {
    try await withDatabase { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { try await $0.pipelined(["select 1 / 0", "select 1"]) }
      }

      #expect(error?.sqlState == "22012")
    }
  }

  @Test func `a failed write leaves its connection open for the next one`() async throws {
    try await withDatabase { db async throws in
      let before = try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0)
      _ = try? await db.write("select 1 / 0")

      #expect(try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0) == before)
    }
  }

  @Test func `a full pool refuses at the deadline`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
      configuration.acquireTimeout = .milliseconds(100)
    } run: { db async throws in
      let error = try await db.withLease { _ in
        await #expect(throws: PostgresError.self) { try await db.write("select 1") }
      }

      #expect(error?.code == .poolExhausted)
    }
  }

  @Test func `cancelling a statement stops it on the server and leaves the lease usable`()
    async throws
  {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let task = Task { try await db.write("select pg_sleep(30)") }
      try await eventually("it runs") {
        try await db.read(
          """
          select from pg_stat_activity
          where datname = current_database() and query = 'select pg_sleep(30)' and state = 'active'
          """
        ).count == 1
      }
      task.cancel()

      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await db.write("select 1").count == 1)
    }
  }

  @Test func `a connection lost after a write was sent leaves its outcome unknown`() async throws {
    try await withDatabase { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.write("select pg_terminate_backend(pg_backend_pid())")
      }

      #expect(error?.code == .unknownOutcome || error?.sqlState == "57P01")
    }
  }

  @Test func `a transaction is run again after a serialization failure`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table counters (value int)")
      _ = try await db.write("insert into counters values (0)")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<2 {
          group.addTask {
            try await db.transaction(
              isolation: .serializable,
              retry: RetryPolicy(attempts: 20, pause: .milliseconds(1))
            ) { tx in
              let value = try await tx.read("select value from counters")[0].decode(Int.self, at: 0)
              _ = try await tx.write("update counters set value = \(value + 1)")
            }
          }
        }
        try await group.waitForAll()
      }

      #expect(try await db.read("select value from counters")[0].decode(Int.self, at: 0) == 2)
    }
  }

  @Test func `a script runs several statements and the lease works on`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease in
        try await lease.script(
          "create table a (x int); insert into a values (1); insert into a values (2)"
        )

        #expect(try await lease.read("select * from a").count == 2)
      }
    }
  }
}

@Suite("Letting go of a database")
struct ReleasedDatabaseTests {
  @Test func `closes its connections`() async throws {
    let test = try await TestDatabase.empty()
    try await use(TestCluster.open(test.configuration))

    // Fails without the work of deinit: the reactor keeps both connections.
    try await eventually("nobody but this test is connected") {
      try await test.number(
        """
        select count(*)::int8 from pg_stat_activity
        where datname = current_database() and application_name = 'released'
        """
      ) == 0
    }
  }

  private func use(_ db: Database) async throws {
    _ = try await db.write("set application_name = 'released'")
    _ = try await db.read("select set_config('application_name', 'released', false)")
  }
}

@Suite("Listening")
struct ListenerTests {
  @Test func `a notification arrives after the gap that begins listening`() async throws {
    try await withDatabase { db async throws in
      var events = db.listen(to: ["news"]).makeAsyncIterator()
      #expect(await events.next() == .gap)
      _ = try await db.write("select pg_notify('news', \("hello"))")

      guard case .notification("news", "hello", _) = await events.next() else {
        Issue.record("no notification")
        return
      }
    }
  }
}
