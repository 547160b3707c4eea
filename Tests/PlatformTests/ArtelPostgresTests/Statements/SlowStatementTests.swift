import ArtelTesting
import Logging
import Synchronization
import Testing

@testable import ArtelPostgres

@Suite("Slow statements")
struct SlowStatementTests {
  // Fails without the line, on either lane.
  @Test func `are logged with their text and without their values`() async throws {
    let lines = Lines()
    let logger = Logger(label: "test") { _ in lines }
    let adjust: (inout DatabaseConfiguration) -> Void = { $0.slowStatement = .milliseconds(5) }

    try await withDatabase(adjust, logger: logger) { db async throws in
      _ = try await db.read("select pg_sleep(0.02), \("read by Ada")::text")
      _ = try await db.write("select pg_sleep(0.02), \("written by Ada")::text")
    }

    let slow = lines.all.filter { $0.contains("pg_sleep") }
    #expect(slow.count == 2)
    #expect(slow.allSatisfy { $0.hasPrefix("warning A statement was slow") })
    #expect(slow.allSatisfy { $0.contains("select pg_sleep(0.02), $1::text") })
    #expect(!lines.all.contains { $0.contains("Ada") })
  }

  /// Keeps each line of a log.
  private final class Lines: LogHandler {
    private let kept = Mutex<[String]>([])

    var all: [String] { kept.withLock { $0 } }

    var metadata: Logger.Metadata {
      get { [:] }
      set {}
    }

    var logLevel: Logger.Level {
      get { .trace }
      set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { nil }
      set {}
    }

    func log(event: LogEvent) {
      kept.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
    }
  }
}
