import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Losing a connection", .timeLimit(.minutes(10)))
struct LostConnectionTests {
  // Fails when writes are sent again by themselves: seen 2 rows and no error.
  @Test func `a write that was applied but not answered is unknown, and applied once`() async throws
  {
    try await withProxiedDatabase { db, proxy, test async throws in
      try await test.write("create table notes (text text)")
      let point = proxy.pause(after: "lost answer", .toServer)
      let write = Task { try await db.write("insert into notes values (\("lost answer"))") }
      try await point.reached()
      try await eventually("the row is there") {
        try await test.read("select from notes").count > 0
      }
      point.cut()

      let error = await #expect(throws: PostgresError.self) { try await write.value }

      #expect(error?.code == .unknownOutcome)
      #expect(error?.blame == .server)
      #expect(try await db.number("select count(*) from notes") == 1)
    }
  }

  // Fails when a loss after sending is told as one before it: seen connectionUnavailable.
  @Test func `a write that the server never saw whole is unknown, and not applied`() async throws {
    try await withProxiedDatabase { db, proxy, test async throws in
      try await test.write("create table notes (text text)")
      let point = proxy.pause(before: "insert into notes", .toServer)
      let write = Task { try await db.write("insert into notes values ('x')") }
      try await point.reached()
      point.cut()

      let error = await #expect(throws: PostgresError.self) { try await write.value }

      #expect(error?.code == .unknownOutcome)
      #expect(try await test.number("select count(*) from notes") == 0)
    }
  }

  // Fails without the loop over attempts: seen unknownOutcome.
  @Test func `a write that may be repeated is sent again after its answer was lost`() async throws {
    try await withProxiedDatabase { db, proxy, test async throws in
      try await test.write("create table notes (text text primary key)")
      let point = proxy.pause(after: "lost answer", .toServer)
      let write = Task {
        try await db.write(
          "insert into notes values (\("lost answer")) on conflict do nothing",
          repeating: .retryable
        )
      }
      try await point.reached()
      try await eventually("the row is there") {
        try await test.read("select from notes").count > 0
      }
      point.cut()

      #expect(try await write.value.affectedCount == 0)
      #expect(try await test.number("select count(*) from notes") == 1)
    }
  }

  // Fails without an error of its own for what was not sent: seen unknownOutcome.
  @Test func `a write on a lease that is gone is reported as not sent`() async throws {
    try await withProxiedDatabase { db, proxy, _ async throws in
      let error = try await db.withLease { lease async throws in
        _ = try await lease.read("select 1")
        proxy.dropConnections()
        try await eventually("the loss is noticed") { lease.connection.isClosed }
        return await #expect(throws: PostgresError.self) { try await lease.write("select 1") }
      }

      #expect(error?.code == .connectionUnavailable)
      #expect(error?.blame == .retryable)
    }
  }

  // Fails when unanswered reads are not sent again: seen both cases end in connectionUnavailable.
  @Test(arguments: [true, false])
  func `a read is answered on another connection, whether the server saw it or not`(
    _ isSeen: Bool
  ) async throws {
    try await withProxiedDatabase { db, proxy, _ async throws in
      let point =
        isSeen
        ? proxy.pause(after: "select 40 +", .toServer)
        : proxy.pause(before: "select 40 +", .toServer)
      let read = Task { try await db.number("select 40 + \(2)") }
      try await point.reached()
      point.cut()

      #expect(try await read.value == 42)
    }
  }

  // Fails without the limit of four losses: seen 40 connections.
  @Test func `a read that loses one connection after another gives up`() async throws {
    try await withProxiedDatabase { db, proxy, _ async throws in
      _ = try await db.read("select 1")
      proxy.cut(after: 50_000, .toClient)

      let error = await #expect(throws: PostgresError.self) {
        try await db.read("select repeat('x', 100000)")
      }
      proxy.mend()

      #expect(error?.code == .connectionUnavailable)
      #expect(proxy.acceptedCount <= 6)
      #expect(try await db.number("select 1") == 1)
    }
  }

  // Fails without closing silent connections: seen to wait until the time limit.
  @Test func `a read on a connection that fell silent is answered by another`() async throws {
    try await withProxiedDatabase { configuration in
      configuration.readTimeout = .milliseconds(300)
    } run: { db, proxy, _ async throws in
      _ = try await db.read("select 1")
      proxy.stallOpenConnections()

      #expect(try await db.number("select 42") == 42)
      #expect(try await db.number("select 43") == 43)
    }
  }

  // Fails without the transaction's own reading of a loss: seen unknownOutcome.
  @Test func `a transaction that was lost before its commit is known to have done nothing`()
    async throws
  {
    try await withProxiedDatabase { db, proxy, test async throws in
      try await test.write("create table notes (text text)")
      let error = await #expect(throws: PostgresError.self) {
        try await db.transaction { tx async throws in
          _ = try await tx.write("insert into notes values ('x')")
          let point = proxy.pause(after: "'lost'", .toServer)
          async let cut: Void = {
            try await point.reached()
            point.cut()
          }()
          _ = try await tx.write("insert into notes values ('lost')")
          try await cut
        }
      }

      #expect(error?.code == .connectionUnavailable)
      #expect(error?.blame == .retryable)
      #expect(try await test.number("select count(*) from notes") == 0)
    }
  }

  // Fails when a loss after sending is told as one before it: seen connectionUnavailable twice.
  @Test(arguments: [true, false])
  func `a transaction that was lost during its commit is unknown`(_ isCommitted: Bool) async throws
  {
    try await withProxiedDatabase { db, proxy, test async throws in
      try await test.write("create table notes (text text)")
      let runs = Tally()
      let point =
        isCommitted
        ? proxy.pause(after: "commit\u{0}", .toServer)
        : proxy.pause(before: "commit\u{0}", .toServer)
      let transaction = Task {
        try await db.transaction(retry: .retryable) { tx async throws in
          runs.add(runs.numbers.count)
          _ = try await tx.write("insert into notes values ('x')")
        }
      }
      try await point.reached()
      if isCommitted {
        try await eventually("it is committed") {
          try await test.read("select from notes").count > 0
        }
      }
      point.cut()

      let error = await #expect(throws: PostgresError.self) { try await transaction.value }

      #expect(error?.code == .unknownOutcome)
      #expect(runs.numbers.count == 1)
      #expect(try await test.number("select count(*) from notes") == (isCommitted ? 1 : 0))
    }
  }
}
