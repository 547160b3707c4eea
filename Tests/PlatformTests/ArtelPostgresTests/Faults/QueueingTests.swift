import ArtelTesting
import Foundation
import Testing

@testable import ArtelPostgres

@Suite("More calls than connections", .timeLimit(.minutes(10)))
struct QueueingTests {
  // In a process of its own: the memory of a process with other tests in it says nothing.
  // Fails with 20 kB more on each ticket.
  @Test func `ten thousand queued calls stay within 64 MiB above idle`() async {
    await #expect(processExitsWith: .success) {
      try await withDatabase { configuration in
        configuration.acquireTimeout = .seconds(120)
        configuration.readTimeout = .seconds(120)
        configuration.sharedConnections = 1
        configuration.leases = 1
      } run: { db async throws in
        try await QueueingTests.holdTenThousand(db)
      }
    }
  }

  // Fails without the limit, and without the deadline: seen all fifty wait on.
  @Test func `calls beyond the limit are refused at once, those within it at the deadline`()
    async throws
  {
    try await withDatabase { configuration in
      configuration.leases = 1
      configuration.waitingLimit = 20
      configuration.acquireTimeout = .seconds(5)
    } run: { db async throws in
      let outcomes = try await db.withLease { lease async throws in
        _ = try await lease.read("select 1")
        return await withTaskGroup(of: PostgresError?.self) { group in
          for _ in 0..<50 {
            group.addTask {
              do {
                _ = try await db.write("select 1")
                return nil
              } catch {
                return error as? PostgresError
              }
            }
          }
          return await group.reduce(into: [PostgresError?]()) { $0.append($1) }
        }
      }

      #expect(outcomes.count == 50)
      #expect(outcomes.allSatisfy { $0?.code == .poolExhausted && $0?.blame == .retryable })
      // The last to hear are the twenty that had a place in the queue.
      let texts = outcomes.compactMap { $0?.description }
      #expect(texts.prefix(30).allSatisfy { $0.contains("too many calls") })
      #expect(texts.suffix(20).allSatisfy { $0.contains("in time") })
      #expect(try await db.write("select 1").count == 1)
    }
  }

  // Fails when the last failure is not kept: seen poolExhausted without a reason.
  @Test func `reads that find no connection are refused at the deadline with the reason`()
    async throws
  {
    try await withProxiedDatabase { configuration in
      configuration.acquireTimeout = .seconds(3)
    } run: { db, proxy, _ async throws in
      proxy.refuseConnections()

      let error = await #expect(throws: PostgresError.self) { try await db.read("select 1") }
      proxy.mend()

      #expect(error?.code == .connectionUnavailable)
      #expect(error?.description.contains("refused") == true)
    }
  }

  /// Queues 5,000 reads and 5,000 writes behind one of each, and compares memory with before.
  private static func holdTenThousand(_ db: Database) async throws {
    let gate = "select pg_advisory_xact_lock(1)"
    // Everything that is allocated once has been, before it is measured.
    for number in 0..<200 {
      _ = try await db.read("select \(number)")
      _ = try await db.write("select \(number)")
    }
    let idle = try residentMebibytes()
    let calls = try await db.transaction { tx async throws in
      _ = try await tx.read(SQL(raw: gate))
      // The lane is held up too, and then gone round: its reads come to wait for the lease.
      Task { try await db.read(SQL(raw: gate)) }
      let calls = (0..<10_000).map { number in
        Task {
          number % 2 == 0
            ? try await db.number("select \(number)")
            : try await db.write("select \(number)")[0].decode(Int.self, at: 0)
        }
      }
      try await eventually("everybody waits") { db.waitingCount >= 9_990 }
      let grown = try residentMebibytes() - idle
      print("10,000 queued calls: \(grown) MiB above \(idle) MiB")
      guard grown <= 64 else { throw FaultGrowth(mebibytes: grown) }
      return calls
    }
    for (number, call) in calls.enumerated() {
      guard try await call.value == number else { throw FaultGrowth(mebibytes: -1) }
    }
  }

  private struct FaultGrowth: Error {
    let mebibytes: Int
  }

  /// VmRSS of `/proc/self/status` (proc(5)).
  private static func residentMebibytes() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    let number = try #require(line.flatMap { Int($0.filter(\.isNumber)) })
    return number / 1_024
  }
}
