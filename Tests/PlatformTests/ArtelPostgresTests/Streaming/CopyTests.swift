import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import ArtelPostgres

/// Yields what a closure makes until it is nil; ends early, like `AsyncStream`, when cancelled.
private struct Made<Element: Sendable>: AsyncSequence, AsyncIteratorProtocol {
  var make: @Sendable () async throws -> Element?

  func makeAsyncIterator() -> Made { self }

  mutating func next() async throws -> Element? {
    try await make()
  }
}

private func made<Element: Sendable>(_ elements: [Element]) -> Made<Element> {
  let left = Mutex(elements[...])
  return Made { left.withLock { $0.popFirst() } }
}

private struct Refusal: Error {}

/// An empty table and one lease, so that every statement meets the same connection.
nonisolated(nonsending) private func withNotes(_ body: (Database) async throws -> Void)
  async throws
{
  try await withDatabase { configuration in
    configuration.leases = 1
  } run: { db async throws in
    _ = try await db.write("create table notes (id int primary key, text text)")
    try await body(db)
  }
}

private func count(_ db: Database) async throws -> Int {
  try await db.read("select count(*) from notes")[0].decode(at: 0)
}

private func backend(_ db: Database) async throws -> Int {
  try await db.write("select pg_backend_pid()")[0].decode(at: 0)
}

@Suite("COPY in")
struct CopyInTests {
  @Test func `bytes become rows, whatever pieces they come in`() async throws {
    try await withNotes { db async throws in
      let text = (1...5_000).map { "\($0),note \($0)\n" }.joined()
      let pieces = stride(from: 0, to: text.utf8.count, by: 777).map {
        Array(text.utf8.dropFirst($0).prefix(777))
      }

      let stored = try await db.withLease {
        try await $0.copyIn("copy notes from stdin (format csv)", from: made(pieces))
      }

      #expect(stored == 5_000)
      #expect(try await db.read("select text from notes where id = 4321")[0]["text"] == "note 4321")
    }
  }

  @Test func `a piece larger than every buffer`() async throws {
    try await withNotes { db async throws in
      let piece = Array("1,".utf8) + [UInt8](repeating: 0x61, count: 20_000_000)
      _ = try await db.withLease {
        try await $0.copyIn("copy notes from stdin (format csv)", from: made([piece]))
      }
      #expect(try await db.read("select length(text) from notes")[0].decode(at: 0) == 20_000_000)
    }
  }

  @Test func `typed rows take the width of their columns`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create type mood as enum ('calm', 'stormy')")
      _ = try await db.write("create domain score as int check (value < 10)")
      _ = try await db.write(
        """
        create table days (small int2, medium int4, large int8, score score, real float4, mood mood,
          title text, id uuid, body jsonb, at timestamptz, day date, tags text[], price numeric,
          nights int4range, raw bytea)
        """
      )
      let id = UUID()
      let at = Date(timeIntervalSince1970: 1_000_000.5)
      var row = ParameterList(1, 2, Int32(3), 4, 0.5, "stormy")
      row.append(String?.none)
      row.append(id)
      row.append(JSONText(#"{"a": 1}"#))
      row.append(at)
      row.append(CalendarDay(daysSince1970: 1))
      row.append(["x", "y"])
      row.append(Decimal(string: "12.5"))
      row.append(PostgresRange(Int32(1)..<4))
      row.append(Bytea([0, 255]))
      let columns = [
        "small", "medium", "large", "score", "real", "mood", "title", "id", "body", "at", "day",
        "tags", "price", "nights", "raw",
      ]

      let stored = try await db.withLease { [row] in
        try await $0.copyIn(into: "days", columns: columns, rows: made([row, row]))
      }

      #expect(stored == 2)
      let first = try #require(try await db.read("select * from days").first)
      #expect(try first.decode(Int.self, at: 0) == 1)
      #expect(try first["medium"] == 2)
      #expect(try first["large"] == 3)
      #expect(try first["score"] == 4)
      #expect(try first["real"] == Float(0.5))
      #expect(try first["mood"] == "stormy")
      #expect(try first["title", as: String?.self] == nil)
      #expect(try first["id"] == id)
      #expect(try first["at"] == at)
      #expect(try first["tags"] == ["x", "y"])
      #expect(try first["price"] == Decimal(string: "12.5"))
      #expect(try first["nights"] == PostgresRange(Int32(1)..<4))
      #expect(try first["raw"] == Bytea([0, 255]))
    }
  }

  @Test(arguments: [
    ParameterList(3_000_000_000, "x"), ParameterList("x", "y"), ParameterList(1),
    ParameterList(1, 2),
  ])
  func `a value that does not fit its column stores nothing`(row: ParameterList) async throws {
    try await withNotes { db async throws in
      let before = try await backend(db)

      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease {
          try await $0.copyIn(
            into: "notes",
            columns: ["id", "text"],
            rows: made([ParameterList(1, "fits"), row])
          )
        }
      }

      #expect(error?.code == .misuse)
      #expect(try await count(db) == 0)
      #expect(try await backend(db) == before)
    }
  }

  @Test func `a source that throws stores nothing and leaves the lease usable`() async throws {
    try await withNotes { db async throws in
      let before = try await backend(db)
      let turns = Shared(0)

      await #expect(throws: Refusal.self) {
        try await db.withLease { lease async throws in
          try await lease.copyIn(
            "copy notes from stdin (format csv)",
            from: Made<[UInt8]> {
              let turn = turns.add()
              guard turn < 50 else { throw Refusal() }
              return Array((0..<1_000).map { "\(turn * 1_000 + $0),x\n" }.joined().utf8)
            }
          )
        }
      }

      // Fails when the COPY is ended without an error: seen its rows stored.
      #expect(try await count(db) == 0)
      #expect(try await backend(db) == before)
    }
  }

  @Test func `a cancelled task stores nothing, though its source just ends`() async throws {
    try await withNotes { db async throws in
      let before = try await backend(db)
      let (source, continuation) = AsyncStream.makeStream(of: [UInt8].self)
      let isTaken = Shared(false)
      let task = Task {
        try await db.withLease {
          try await $0.copyIn(
            "copy notes from stdin (format csv)",
            from: source.map {
              isTaken.value = true
              return $0
            }
          )
        }
      }
      continuation.yield(Array("1,one\n".utf8))
      try await eventually("a piece is taken") { isTaken.value }

      task.cancel()

      // Fails without the check behind the source and the wire cancel: seen 1 row stored.
      await #expect(throws: CancellationError.self) { try await task.value }
      #expect(try await count(db) == 0)
      #expect(try await backend(db) == before)
    }
  }

  @Test func `a row that the server refuses is named, and nothing is stored`() async throws {
    try await withNotes { db async throws in
      let before = try await backend(db)

      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease {
          try await $0.copyIn(
            "copy notes from stdin (format csv)",
            from: made([Array("1,a\n1,b\n".utf8)])
          )
        }
      }

      #expect(error?.constraint == "notes_pkey")
      #expect(try await count(db) == 0)
      #expect(try await backend(db) == before)
    }
  }

  @Test func `a COPY of a transaction goes with it`() async throws {
    try await withNotes { db async throws in
      await #expect(throws: Refusal.self) {
        try await db.transaction { tx async throws in
          try await tx.copyIn(
            into: "notes",
            columns: ["id"],
            rows: made([ParameterList(1), ParameterList(2)])
          )
          #expect(try await tx.read("select from notes").count == 2)
          throw Refusal()
        }
      }
      #expect(try await count(db) == 0)
    }
  }

  @Test func `the source is not asked for more than the server takes`() async throws {
    try await withDatabase { db async throws in
      _ = try await db.write("create table notes (text text)")
      _ = try await db.write(
        """
        create function wait_for_gate() returns trigger language plpgsql as
        $$ begin perform pg_advisory_xact_lock_shared(4711); return new; end $$
        """
      )
      _ = try await db.write(
        "create trigger gate before insert on notes for each row execute function wait_for_gate()"
      )
      let taken = Shared(0)
      try await db.withLease { gate async throws in
        _ = try await gate.read("select pg_advisory_lock(4711)")
        let lease = Shared<Lease?>(nil)
        let copy = Task {
          try await db.withLease {
            lease.value = $0
            return try await $0.copyIn(
              "copy notes from stdin",
              from: Made<[UInt8]> {
                guard taken.add() <= 100 else { return nil }
                return [UInt8](repeating: 0x61, count: 999_999) + [0x0a]
              }
            )
          }
        }
        try await eventually("the COPY waits for room") {
          let isBlocked = try await gate.read(
            "select from pg_locks where locktype = 'advisory' and not granted and objid = 4711"
          )
          let isWaiting = lease.value?.connection.isWaitingForSocket ?? false
          return !isBlocked.isEmpty && isWaiting
        }
        // 100 MB are on offer. Fails without waiting for the socket: seen 101 pieces asked for.
        #expect(taken.value < 10)
        _ = try await gate.read("select pg_advisory_unlock(4711)")
        #expect(try await copy.value == 100)
      }
    }
  }
}

@Suite("COPY out")
struct CopyOutTests {
  @Test func `every row comes once, in pieces that end where a row does`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        var text: [UInt8] = []
        var pieces = 0
        for try await piece in lease.copyOut("copy (select generate_series(1, 50000)) to stdout") {
          #expect(piece.last == 0x0a)
          text += piece
          pieces += 1
        }
        #expect(text == Array((1...50_000).map { "\($0)\n" }.joined().utf8))
        #expect(pieces > 1)
        #expect(try await lease.read("select 1").count == 1)
      }
    }
  }

  @Test func `a slow reader makes the server wait, and may leave early`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        let pid: Int = try await lease.read("select pg_backend_pid()")[0].decode(at: 0)
        let copy = lease.copyOut(
          "copy (select repeat('x', 1000) from generate_series(1, 200000)) to stdout"
        )
        for try await _ in copy {
          try await eventually("the server waits") { try await waitsForClient(pid, db) }
          break
        }
        #expect(try await lease.read("select pg_backend_pid()")[0].decode(at: 0) == pid)
      }
    }
  }

  @Test func `what failed half-way says so`() async throws {
    try await withDatabase { db async throws in
      try await db.withLease { lease async throws in
        let error = await #expect(throws: PostgresError.self) {
          for try await _ in lease.copyOut(
            "copy (select 1 / (90000 - n) from generate_series(1, 100000) n) to stdout"
          ) {}
        }
        #expect(error?.sqlState == "22012")
        #expect(try await lease.read("select 1").count == 1)
      }
    }
  }
}

/// Whether the backend waits until its client takes what was sent.
func waitsForClient(_ pid: Int, _ db: Database) async throws -> Bool {
  try await !db.read(
    "select from pg_stat_activity where pid = \(pid) and wait_event = 'ClientWrite'"
  ).isEmpty
}

@Suite("COPY where it does not belong")
struct MisplacedCopyTests {
  @Test(arguments: [
    "copy notes from stdin", "  COPY notes to stdout",
    "-- why\n/* a /* b */ */ copy notes to stdout",
  ])
  func `an ordinary statement is refused and the lease works on`(text: String) async throws {
    try await withNotes { db async throws in
      let before = try await backend(db)

      let errors = [
        await #expect(throws: PostgresError.self) { try await db.read(SQL(raw: text)) },
        await #expect(throws: PostgresError.self) { try await db.write(SQL(raw: text)) },
        await #expect(throws: PostgresError.self) {
          try await db.withLease { try await $0.script(text) }
        },
      ]

      // Fails without the refusal: seen libpq loop for ever.
      #expect(errors.map { $0?.code } == [.misuse, .misuse, .misuse])
      #expect(try await backend(db) == before)
      #expect(try await db.read("select 1").count == 1)
    }
  }

  @Test func `what stands before and behind it in a pipeline is undone and not run`() async throws {
    try await withNotes { db async throws in
      let error = await #expect(throws: PostgresError.self) {
        try await db.withLease {
          try await $0.pipelined([
            "insert into notes values (1)", "copy notes to stdout", "insert into notes values (2)",
          ])
        }
      }
      #expect(error?.code == .misuse)
      #expect(try await count(db) == 0)
    }
  }

  @Test func `the COPY calls run nothing else`() async throws {
    try await withNotes { db async throws in
      try await db.withLease { lease async throws in
        let errors = [
          await #expect(throws: PostgresError.self) {
            try await lease.copyIn("insert into notes values (1)", from: made([[UInt8]()]))
          },
          await #expect(throws: PostgresError.self) {
            for try await _ in lease.copyOut("delete from notes") {}
          },
          await #expect(throws: PostgresError.self) {
            for try await _ in lease.copyOut("copy notes from stdin") {}
          },
          await #expect(throws: PostgresError.self) {
            try await lease.copyIn("copy notes to stdout", from: made([[UInt8]()]))
          },
        ]
        #expect(errors.map { $0?.code } == Array(repeating: .misuse, count: 4))
        #expect(try await lease.read("select from notes").isEmpty)
      }
    }
  }
}
