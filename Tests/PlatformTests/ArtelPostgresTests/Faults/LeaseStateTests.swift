import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Leases in an unknown state", .timeLimit(.minutes(10)))
struct LeaseStateTests {
  // Fails without the check on return: seen the next write lost in the left transaction, or 25P02.
  @Test(arguments: ["begin", "begin; select 1 / 0"])
  func `a lease that comes back in a transaction is closed`(_ script: String) async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let left = try await db.withLease { lease async throws in
        try? await lease.script(script)
        return lease.connection
      }

      #expect(left.isClosed)
      _ = try await db.write("create table notes ()")
      #expect(
        try await db.read("select to_regclass('notes') is not null")[0].decode(Bool.self, at: 0)
      )
    }
  }

  // Fails without the check on return: seen the connection rest with an answer to come.
  @Test func `a lease that comes back with a statement under way is closed`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let left = try await db.withLease { lease async throws in
        _ = lease.connection.send([Ticket("select pg_sleep(5)")])
        return lease.connection
      }

      #expect(left.isClosed)
      #expect(try await db.write("select 1").count == 1)
    }
  }

  // Fails without the rollback: seen another backend.
  @Test func `a lease whose transaction failed is clean and used again`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let first = try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0)
      _ = try? await db.transaction { _ = try await $0.write("select 1 / 0") }

      #expect(try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0) == first)
    }
  }

  // Fails when class 53 has no exception: seen a full disk called retryable.
  @Test(.enabled(if: SmallDisk.refusal == nil, "a small disk can be mounted"))
  func `a full disk is the server's fault, and the same lease works when there is room`()
    async throws
  {
    let disk = try SmallDisk(mebibytes: 4, owner: MortalPostgres.owner)
    let postgres = try await MortalPostgres.start()
    if let superuser = postgres.superuserConfiguration() {
      try await withDatabase(superuser) { db async throws in
        try await db.withLease {
          try await $0.script("create tablespace small location '\(disk.path)'")
          try await $0.script("grant create on tablespace small to testing")
        }
      }
    }
    try await withDatabase(postgres.configuration) { configuration in
      configuration.leases = 1
    } run: { db async throws in
      _ = try await db.write("create table notes (text text) tablespace small")
      let first = try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0)
      try disk.fill()
      let insert = SQL("insert into notes select repeat('x', 1000) from generate_series(1, 1000)")

      let error = await #expect(throws: PostgresError.self) { try await db.write(insert) }
      disk.empty()

      #expect(error?.sqlState == "53100")
      #expect(error?.blame == .server)
      #expect(try await db.write(insert).affectedCount == 1_000)
      #expect(try await db.number("select count(*) from notes") == 1_000)
      #expect(try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0) == first)
    }
  }
}
