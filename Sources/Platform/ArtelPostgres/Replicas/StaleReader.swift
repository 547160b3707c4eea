/// Reads that may miss what was committed in the last moments: from a replica when one is fresh
/// enough, else from the primary.
///
/// ```swift
/// let popular = try await Tag.popular.all(in: db.stale(upTo: .seconds(5)))
/// ```
public struct StaleReader: StatementReader {
  let database: Database
  let limit: Duration

  /// Runs one reading statement.
  ///
  /// Falls back to the primary when the replica does not answer, within 0.5 s, or conflicts with
  /// recovery there.
  public func read(_ sql: SQL) async throws -> ResultRows {
    guard let replica = database.replica(within: limit) else { return try await database.read(sql) }
    do {
      return try await replica.read(sql)
    } catch is Replica.Unavailable {
      return try await database.read(sql)
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
    StaleReader(database: self, limit: limit)
  }
}
