import ArtelConcurrency
import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("A server that dies and comes back", .serialized, .timeLimit(.minutes(10)))
struct ServerDeathTests {
  /// A PostgreSQL of the test's own behind a proxy, which tells when a statement comes by.
  private func withMortal(
    _ body: (Database, FaultyProxy, MortalPostgres) async throws -> Void
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let proxy = try FaultyProxy(inFrontOf: postgres.configuration)
    try await withDatabase(proxy.configuration(postgres.configuration)) { configuration in
      configuration.sharedConnections = 2
      configuration.leases = 4
      configuration.acquireTimeout = .seconds(60)
    } run: { db async throws in
      try await body(db, proxy, postgres)
    }
  }

  // Fails when unanswered reads are not sent again, and when connecting is not tried again.
  @Test(arguments: MortalPostgres.Death.allCases)
  func `in the middle of a shared flush every read is answered after it is back`(
    _ death: MortalPostgres.Death
  ) async throws {
    try await withMortal { db, proxy, postgres async throws in
      _ = try await db.read("select 1")
      let point = proxy.pause(after: "select 1000 +", .toServer)
      let reads = (0..<200).map { number in
        Task { try await db.number("select 1000 + \(number)") }
      }
      try await point.reached()
      try await postgres.die(death)
      point.resume()
      try await postgres.revive()

      for (number, read) in reads.enumerated() { #expect(try await read.value == 1_000 + number) }
    }
  }

  // Fails without a look at libpq's state after sending: it closes the socket itself, and nothing comes.
  @Test func `a statement that libpq could not write is answered, though epoll says nothing`()
    async throws
  {
    let postgres = try await MortalPostgres.start()
    var configuration = postgres.configuration
    configuration.leases = 1
    let (reactor, pool) = (Reactor(), BlockingPool(name: "test", threads: 2))
    let db = Database(configuration, reactor: reactor, pool: pool, logger: silent)
    let connection = try await db.withLease { $0.connection }
    let standstill = try await Standstill(of: reactor)
    try await postgres.die(.killed)
    // libpq writes what is longer than 8 KiB in two pieces; the second one finds out.
    let long = String(repeating: "x", count: 20_000)
    let write = Task { try await db.write("select length(\(long))") }
    try await eventually("it was sent") { !connection.unanswered.isEmpty }

    standstill.end()

    await #expect(throws: PostgresError.self) { try await write.value }
    await db.close()
    reactor.stop()
    pool.stop()
  }

  // Fails without the transaction's own reading of a loss: seen unknownOutcome.
  @Test(arguments: [MortalPostgres.Death.killed, .immediate])
  func `in the middle of a transaction nothing of it is there, and it may be tried again`(
    _ death: MortalPostgres.Death
  ) async throws {
    try await withMortal { db, _, postgres async throws in
      _ = try await db.write("create table notes (text text)")
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { tx async throws in
          _ = try await tx.write("insert into notes values ('lost')")
          try await postgres.die(death)
          _ = try await tx.write("insert into notes values ('never')")
        }
      }
      try await postgres.revive()

      #expect(error?.code == .connectionUnavailable)
      #expect(error?.blame == .retryable)
      try await db.transaction { _ = try await $0.write("insert into notes values ('again')") }
      #expect(try await db.number("select count(*) from notes") == 1)
    }
  }

  // Fails when statements lost with their connection pass for answered: seen rows acknowledged and
  // gone.
  @Test func `while many write, what was acknowledged is there once, and nothing is there twice`()
    async throws
  {
    try await withMortal { db, _, postgres async throws in
      _ = try await db.write("create table notes (id int)")
      let acknowledged = Tally()
      let unknown = Tally()
      let writers = (0..<8).map { writer in
        Task {
          for number in 0..<2_000 {
            let id = writer * 2_000 + number
            do {
              _ = try await db.write("insert into notes values (\(id))")
              acknowledged.add(id)
            } catch let error as PostgresError where error.code == .unknownOutcome {
              unknown.add(id)
              return
            } catch let error as PostgresError where error.code == .connectionUnavailable {
              return
            }
          }
        }
      }
      try await eventually("some are acknowledged") { acknowledged.numbers.count > 200 }
      try await postgres.die(.killed)
      for writer in writers { try await writer.value }
      try await postgres.revive()

      let stored = try await db.read("select id from notes").map {
        Int(try $0.decode(Int32.self, at: 0))
      }
      #expect(Set(stored).count == stored.count)
      #expect(acknowledged.numbers.isSubset(of: stored))
      #expect(Set(stored).subtracting(acknowledged.numbers).isSubset(of: unknown.numbers))
      #expect(!unknown.numbers.isEmpty)
    }
  }

  // Fails when COPY does not know whether its end was sent: seen unknownOutcome.
  @Test(arguments: [MortalPostgres.Death.killed, .immediate])
  func `in the middle of a COPY nothing of it is there, and it may be tried again`(
    _ death: MortalPostgres.Death
  ) async throws {
    try await withMortal { db, _, postgres async throws in
      _ = try await db.write("create table notes (id int)")
      let pieces = AsyncStream { continuation in
        for number in 0..<200 { continuation.yield(number) }
        continuation.finish()
      }
      let dying = pieces.map { number async throws in
        if number == 100 { try await postgres.die(death) }
        return Array(String(repeating: "\(number)\n", count: 5_000).utf8)
      }

      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease { try await $0.copyIn("copy notes from stdin", from: dying) }
      }
      try await postgres.revive()

      #expect(error?.code == .connectionUnavailable)
      #expect(try await db.number("select count(*) from notes") == 0)
      let again = AsyncStream { continuation in
        continuation.yield(Array("1\n".utf8))
        continuation.finish()
      }
      #expect(
        try await db.withLease { try await $0.copyIn("copy notes from stdin", from: again) } == 1
      )
    }
  }

  // Fails when a lost chunk passes for the last: seen the loop end without an error.
  @Test func `in the middle of a COPY out the loop ends with an error, not as if that were all`()
    async throws
  {
    try await withMortal { db, _, postgres async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease { lease async throws in
          var isFirst = true
          for try await _ in lease.copyOut(
            "copy (select repeat('x', 1000) from generate_series(1, 1000000)) to stdout"
          ) {
            if isFirst { try await postgres.die(.killed) }
            isFirst = false
          }
        }
      }
      try await postgres.revive()

      #expect(error?.blame == .retryable || error?.code == .unknownOutcome)
      #expect(try await db.write("select 1").count == 1)
    }
  }

  // Fails when unanswered reads are not sent again: seen connectionUnavailable for the innocent
  // read.
  @Test func `one backend that crashes takes the connections with it, and all come back`()
    async throws
  {
    try await withMortal { db, proxy, postgres async throws in
      _ = try await db.read("select 1")
      let recovery = RetryPolicy(attempts: 60, pause: .milliseconds(20))
      let victim = Int32(try await db.write("select pg_backend_pid()")[0].decode(Int.self, at: 0))
      let held = Task { try await db.write("select pg_sleep(600)") }
      try await eventually("the sleep runs") {
        try await db.read("select from pg_stat_activity where query = 'select pg_sleep(600)'")
          .count > 0
      }
      try postgres.crash(backend: victim)

      let error = await #expect(throws: PostgresError.self) { try await held.value }

      #expect(error?.code == .unknownOutcome)
      #expect(try await db.number("select \(7)") == 7)
      #expect(try await db.write("select 1", repeating: recovery).count == 1)
      #expect(proxy.openCount > 0)
    }
  }
}
