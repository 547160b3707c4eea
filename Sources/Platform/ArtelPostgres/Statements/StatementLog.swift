import Synchronization

/// One statement that was answered, as telemetry sees it: never with parameter values.
public struct StatementRecord: Sendable {
  /// How a statement reached the server.
  public enum Lane: String, Sendable {
    /// Among the reads of others.
    case shared
    /// On a connection of its own.
    case lease
    /// On a connection to a replica.
    case replica
  }

  /// The text with placeholders; the statement's fingerprint.
  public let text: String
  /// How it reached the server.
  public let lane: Lane
  /// From the call until it was sent: the queue, or the wait for a lease.
  public let wait: Duration
  /// From sending until the answer was read.
  public let run: Duration
  /// Rows returned or affected.
  public let rows: Int
  /// Memory held by the result.
  public let sizeBytes: Int
  /// What went wrong, if anything.
  public let error: PostgresError?
}

/// Collects the statements that a task and its children run, for statement budgets in tests and
/// for the count of statements per request.
///
/// ```swift
/// let (page, statements) = try await StatementLog.recording { try await feed.page(in: db) }
/// #expect(statements.count <= 5)
/// ```
public final class StatementLog: Sendable {
  @TaskLocal static var current: StatementLog?

  private let records = Mutex<[StatementRecord]>([])

  init() {}

  /// Runs `body` and returns its result with every statement that it ran, in order of completion.
  public static func recording<Result>(
    isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Result
  ) async rethrows -> (result: Result, statements: [StatementRecord]) {
    let log = StatementLog()
    let result = try await $current.withValue(log, operation: body)
    return (result, log.records.withLock { $0 })
  }

  func append(_ record: StatementRecord) {
    records.withLock { $0.append(record) }
  }
}
