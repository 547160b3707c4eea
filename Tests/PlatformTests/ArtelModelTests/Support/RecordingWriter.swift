import ArtelPostgres
import Synchronization

/// Takes statements down and answers none, so that tests see the text a verb sends.
final class RecordingWriter: StatementWriter {
  struct Unanswered: Error {}

  private let statements = Mutex<[String]>([])

  func read(_ sql: SQL) async throws -> ResultRows {
    statements.withLock { $0.append(sql.text) }
    throw Unanswered()
  }

  func write(_ sql: SQL) async throws -> ResultRows {
    try await read(sql)
  }

  /// The only statement that `body` sends.
  static func statement(_ body: (RecordingWriter) async throws -> Void) async throws -> String {
    let writer = RecordingWriter()
    do {
      try await body(writer)
    } catch is Unanswered {}
    return writer.statements.withLock { $0.joined(separator: ";\n") }
  }
}
