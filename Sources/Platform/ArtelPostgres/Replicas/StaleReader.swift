import Synchronization

/// Reads that may miss what was committed in the last moments: from a replica when one is fresh
/// enough, else from the primary.
///
/// ```swift
/// let popular = try await Tag.popular.all(in: db.stale(upTo: .seconds(5)))
/// ```
///
/// It stays with one replica, and with the primary once that replica failed, so that what one list is
/// made of is never older than what named it: make another one for each request. A replica that cannot
/// be connected to is waited for half a second, one that is connected and silent three.
public struct StaleReader: StatementReader {
  private let database: Database
  private let chosen: ChosenReplica?

  init(_ database: Database, replica: Replica?) {
    self.database = database
    chosen = replica.map { ChosenReplica($0) }
  }

  /// Runs one reading statement.
  public func read(_ sql: SQL) async throws -> ResultRows {
    if let rows = try await chosen?.answer({ try await $0.read(sql) }) { return rows }
    return try await database.read(sql)
  }

  /// Runs reading statements with one flush, as ``read(_:)`` does one.
  public func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    if let results = try await chosen?.answer({ try await $0.readTogether(statements) }) {
      return results
    }
    return try await database.readTogether(statements)
  }
}

/// The replica of one request, until it fails.
private final class ChosenReplica: Sendable {
  private let replica: Replica
  private let hasFailed = Atomic(false)

  init(_ replica: Replica) {
    self.replica = replica
  }

  /// What the replica says; nil when it does not, or did not once before.
  func answer<Rows>(_ read: (Replica) async throws -> Rows) async throws -> Rows? {
    guard !hasFailed.load(ordering: .relaxed) else { return nil }
    do {
      return try await read(replica)
    } catch is Replica.Unavailable {
      hasFailed.store(true, ordering: .relaxed)
      return nil
    }
  }
}

extension Database {
  /// A reader for what may be up to `limit` old: it shows everything that was committed before then.
  ///
  /// Nothing else is ever read from ``DatabaseConfiguration/replicas``. Lags are measured every
  /// 250 ms while such reads come, so limits below a second mostly read from the primary, and so do
  /// the first reads after a pause.
  public func stale(upTo limit: Duration) -> StaleReader {
    StaleReader(self, replica: replica(within: limit))
  }
}
