import ArtelTesting
import Testing

@testable import ArtelPostgres

@Suite("Slow statements")
struct SlowStatementTests {
  // Fails without the line, on either lane.
  @Test func `are logged with their text and without their values`() async throws {
    let log = LogRecorder()
    let adjust: (inout DatabaseConfiguration) -> Void = { $0.slowStatement = .milliseconds(5) }

    try await withDatabase(adjust, logger: log.logger) { db async throws in
      _ = try await db.read("select pg_sleep(0.02), \("read by Ada")::text")
      _ = try await db.write("select pg_sleep(0.02), \("written by Ada")::text")
    }

    let slow = log.lines.filter { $0.contains("pg_sleep") }
    #expect(slow.count == 2)
    #expect(slow.allSatisfy { $0.hasPrefix("warning A statement was slow") })
    #expect(slow.allSatisfy { $0.contains("select pg_sleep(0.02), $1::text") })
    #expect(!log.lines.contains { $0.contains("Ada") })
  }
}
