import ArtelTesting
import Foundation
import Testing

@testable import ArtelPostgres

private func backend(_ lease: Lease) async throws -> Int {
  try await lease.read("select pg_backend_pid()")[0].decode(at: 0)
}

/// Resident memory of this process in bytes (proc(5)).
private func residentBytes() throws -> Int {
  let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
  return try #require(Int(fields[1])) * 4_096
}

@Suite("Streaming rows")
struct RowStreamTests {
  @Test func `two hundred megabytes pass through bounded memory, as fast as they are taken`()
    async throws
  {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        let pid = try await backend(lease)
        let before = try residentBytes()
        var most = before
        var sum = 0
        var length = 0
        for try await row in lease.stream(
          "select n, repeat('x', 1000) from generate_series(1, \(200_000)) n"
        ) {
          let number = try row.decode(Int.self, at: 0)
          if number == 1 {
            try await eventually("the server waits") { try await waitsForClient(pid, db) }
          }
          if number % 2_000 == 0 { most = max(most, try residentBytes()) }
          sum += number
          length += try row.decode(String.self, at: 1).utf8.count
        }
        #expect(sum == 200_000 * 200_001 / 2)
        #expect(length == 200_000_000)
        // Fails when everything that arrives is kept: seen 1,051 MB more.
        #expect(most - before < 150_000_000)
      }
    }
  }

  @Test func `leaving the loop early leaves the lease usable`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        let pid = try await backend(lease)
        for try await row in lease.stream("select generate_series(1, 10000000)")
        where try row.decode(Int.self, at: 0) == 1_000 {
          break
        }
        #expect(try await backend(lease) == pid)
      }
    }
  }

  @Test func `a lease given back in the middle of a stream is given out again`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let before = try await db.withLease { lease async throws in
        let pid = try await backend(lease)
        for try await _ in lease.stream("select generate_series(1, 10000000)") { break }
        return pid
      }
      // Fails without ending the stream first: seen a connection with another process.
      #expect(try await db.withLease { try await backend($0) } == before)
    }
  }

  @Test func `another statement on the lease ends the loop with an error, never silently`()
    async throws
  {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        var rows = 0
        let error = await #expect(throws: PostgresError.self) {
          for try await _ in lease.stream("select generate_series(1, 10000000)") {
            rows += 1
            if rows == 1 { _ = try await lease.read("select 1") }
          }
        }
        #expect(error?.code == .misuse)
        #expect(rows < 1_000)
        #expect(try await lease.read("select 1").count == 1)
      }
    }
  }

  @Test(.timeLimit(.minutes(10)))
  func `cancelling the task stops the statement and leaves the lease usable`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      let before = try await db.withLease { try await backend($0) }
      let task = Task {
        try await db.withLease { lease async throws in
          for try await _ in lease.stream(
            "select pg_sleep(case when n = 5000 then 90 else 0 end) from generate_series(1, 5000) n"
          ) {}
        }
      }
      try await eventually("the statement runs") {
        try await isAsleep(db)
      }

      task.cancel()

      await #expect(throws: CancellationError.self) { try await task.value }
      // Fails without the wire cancel: seen the time limit exceeded.
      #expect(try await db.withLease { try await backend($0) } == before)
      #expect(try await !isAsleep(db))
    }
  }

  @Test func `rows before a failure arrive, then the failure`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        var rows = 0
        let error = await #expect(throws: PostgresError.self) {
          for try await _ in lease.stream(
            "select 100 / (5000 - n) from generate_series(1, 10000) n"
          ) { rows += 1 }
        }
        #expect(error?.sqlState == "22012")
        #expect(rows > 0 && rows < 5_000)
        #expect(try await lease.read("select 1").count == 1)
      }
    }
  }

  @Test func `a connection lost in the middle ends the loop`() async throws {
    try await withDatabase { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease { lease async throws in
          let pid = try await backend(lease)
          var rows = 0
          for try await _ in lease.stream("select generate_series(1, 10000000)") {
            rows += 1
            if rows == 1 {
              _ = try await db.write("select pg_terminate_backend(\(Int32(pid)), 5000)")
            }
          }
        }
      }
      #expect(error?.code == .unknownOutcome)
      #expect(try await db.write("select 1").count == 1)
    }
  }

  @Test func `no rows, and rows in a log without their values`() async throws {
    try await withDatabase { db async throws in
      let (rows, statements) = try await StatementLog.recording {
        try await db.withLease { lease async throws in
          for try await _ in lease.stream("select 1 where false") { Issue.record("a row") }
          return try await lease.stream("select n from generate_series(1, \(300)) n")
            .reduce(into: 0) { count, _ in count += 1 }
        }
      }
      #expect(rows == 300)
      #expect(statements.map(\.rows) == [0, 300])
      #expect(statements.last?.text == "select n from generate_series(1, $1) n")
    }
  }
}

@Suite("Cursors")
struct RowCursorTests {
  @Test(arguments: [1, 7, 100, 1_000])
  func `every row comes once, whatever the batch`(batch: Int) async throws {
    try await withDatabase { db async throws in
      let numbers = try await db.transaction { tx async throws in
        try await tx.cursor("select n from generate_series(1, \(210)) n", fetching: batch)
          .reduce(into: [Int]()) { $0.append(try $1.decode(at: 0)) }
      }
      #expect(numbers == Array(1...210))
    }
  }

  @Test func `statements run between the rows, and leaving early loses nothing`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (id int8)")
      try await db.transaction { tx async throws in
        for try await row in tx.cursor("select generate_series(1, 10000000)", fetching: 10) {
          let number = try row.decode(Int.self, at: 0)
          _ = try await tx.write("insert into notes values (\(number))")
          if number == 25 { break }
        }
        _ = try await tx.write("insert into notes values (0)")
      }
      #expect(try await db.read("select from notes").count == 26)
    }
  }

  @Test func `cursors of different shapes on one connection`() async throws {
    try await withDatabase { configuration in
      configuration.leases = 1
    } run: { db async throws in
      for columns in ["1", "'a', 2", "null::uuid, true, now()"] {
        let names = try await db.transaction { tx async throws in
          try await tx.cursor(SQL(raw: "select \(columns)"))
            .reduce(into: [Int]()) { $0.append($1.columnCount) }
        }
        #expect(names == [columns.split(separator: ",").count])
      }
    }
  }

  @Test func `two cursors side by side`() async throws {
    try await withDatabase { db async throws in
      let pairs = try await db.transaction { tx async throws in
        var others = tx.cursor("select n from generate_series(11, 15) n", fetching: 2)
          .makeAsyncIterator()
        var pairs: [Int] = []
        for try await row in tx.cursor("select n from generate_series(1, 5) n", fetching: 2) {
          pairs.append(try row.decode(Int.self, at: 0))
          if let other = try await others.next() { pairs.append(try other.decode(at: 0)) }
        }
        return pairs
      }
      #expect(pairs == [1, 11, 2, 12, 3, 13, 4, 14, 5, 15])
    }
  }
}
