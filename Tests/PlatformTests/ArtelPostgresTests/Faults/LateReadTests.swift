import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Late reads", .timeLimit(.minutes(10)))
struct LateReadTests {
  // Fails when reads behind a late one are not sent again: seen the sleep end first.
  @Test func `a thousand reads behind a late one finish before it`() async throws {
    try await withDatabase { configuration in
      configuration.sharedConnections = 2
    } run: { db async throws in
      let late = Task { try await db.read("select pg_sleep(25)") }
      try await eventually("the late read runs") {
        try await db.write(
          "select from pg_stat_activity where query = 'select pg_sleep(25)' and state = 'active'"
        ).count == 1
      }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          group.addTask { try await db.number("select \(number)") == number }
        }
        for try await isRight in group { #expect(isRight) }
      }
      let isStillRunning = try await db.write(
        "select from pg_stat_activity where query = 'select pg_sleep(25)' and state = 'active'"
      )

      #expect(isStillRunning.count == 1)
      late.cancel()
    }
  }

  // Fails when a skipped read counts as a lost one: seen 39 of 100 answered.
  @Test func `half of the reads failing takes no other with it`() async throws {
    try await withDatabase { db async throws in
      let outcomes = await withTaskGroup(of: (Int, Int?).self) { group in
        for number in 0..<200 {
          group.addTask {
            (number, try? await db.number("select \(number) / \(number % 2)"))
          }
        }
        return await group.reduce(into: [Int: Int]()) { $0[$1.0] = $1.1 }
      }

      #expect(outcomes.count == 100)
      #expect(outcomes.allSatisfy { $0.key == $0.value && $0.key % 2 == 1 })
    }
  }

  // Fails when skipped reads are not sent again: seen 86 of 99 answered.
  @Test func `a failing read among a hundred others fails alone`() async throws {
    try await withDatabase { db async throws in
      let outcomes = await withTaskGroup(of: (Int, Int?).self) { group in
        for number in 0..<100 {
          let divisor = number == 50 ? 0 : 1
          group.addTask { (number, try? await db.number("select \(number) / \(divisor)")) }
        }
        return await group.reduce(into: [Int: Int?]()) { $0[$1.0] = $1.1 }
      }

      #expect(outcomes[50] == .some(nil))
      #expect(outcomes.filter { $0.value == $0.key }.count == 99)
    }
  }

  // Fails without a read-only transaction around it: seen the row stored.
  @Test func `a read that goes round a held up lane may not write either`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")
      let late = Task { try await db.read("select pg_sleep(20)") }
      try await eventually("the late read runs") {
        try await db.write(
          "select from pg_stat_activity where query = 'select pg_sleep(20)' and state = 'active'"
        ).count == 1
      }

      let error = await #expect(throws: PostgresError.self) {
        try await db.read("insert into notes values ('x') returning text")
      }

      #expect(error?.sqlState == "25006")
      #expect(try await db.write("select from notes").isEmpty)
      late.cancel()
    }
  }

  // Fails without its statement_timeout: seen the third read sleep to its end.
  @Test func `a late read has the same limit on a lease as on the lane`() async throws {
    try await withDatabase { configuration in
      configuration.readTimeout = .milliseconds(200)
    } run: { db async throws in
      // The first is stopped on the lane, the second on a lease, the third while the lane is held up.
      let first = Task { try await db.read("select pg_sleep(20)") }
      let third = Task { try await db.read("select pg_sleep(21)") }
      var errors: [PostgresError?] = []
      errors.append(await #expect(throws: PostgresError.self) { try await first.value })
      errors.append(await #expect(throws: PostgresError.self) { try await third.value })
      errors.append(
        await #expect(throws: PostgresError.self) { try await db.read("select pg_sleep(20)") }
      )

      #expect(errors.map { $0?.code } == [.timeout, .timeout, .timeout])
      #expect(errors.allSatisfy { $0?.blame == .retryable })
    }
  }

  // Fails when the driver's own statements are observed: seen four.
  @Test func `a late read counts as one statement on a lease as well`() async throws {
    try await withDatabase { db async throws in
      let late = SQL("select pg_sleep(1)")
      _ = try await db.read(late)

      let (_, statements) = try await StatementLog.recording { try await db.read(late) }

      #expect(statements.map(\.text) == ["select pg_sleep(1)"])
      #expect(statements.map(\.lane) == [.lease])
    }
  }

  // Fails without the limit of half the leases: seen the writes wait for the whole storm.
  @Test func `a storm of late reads leaves leases for writes`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 4
    } run: { db async throws in
      let text = SQL("select pg_sleep(1)")
      // Late once, so that it runs on leases from now on.
      _ = try await db.read(text)
      let ended = Tally()
      let storm = (0..<12).map { number in
        Task {
          _ = try await db.read(text)
          ended.add(number)
        }
      }
      try await eventually("the storm has begun") { try await sleeping(db) > 0 }
      var most = 0
      for _ in 0..<50 {
        most = max(most, try await sleeping(db))
      }
      let endedCount = ended.numbers.count

      #expect(most == 2)
      #expect(endedCount < 12)
      for read in storm { try await read.value }
    }
  }

  /// How many sleeps run, asked on a lease.
  private func sleeping(_ db: Database) async throws -> Int {
    try await db.write(
      "select from pg_stat_activity where query like 'select pg_sleep%' and state = 'active' and datname = current_database()"
    ).count
  }
}
