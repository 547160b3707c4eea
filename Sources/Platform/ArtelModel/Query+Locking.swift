public import ArtelPostgres

extension Query {
  /// Locks the rows that it returns until the transaction ends.
  ///
  /// With `skipLocked` it passes over rows that another transaction has locked, instead of waiting
  /// for it; for queues. Default false.
  public func forUpdate(skipLocked: Bool = false) -> LockedQuery<Row> {
    LockedQuery(query: self, lock: skipLocked ? " for update skip locked" : " for update")
  }
}

/// A query that locks the rows it returns; only transactions can run it.
public struct LockedQuery<Row: TableRow>: Sendable {
  let query: Query<Row>
  let lock: String

  /// The statement that ``all(in:)`` sends.
  public var sql: SQL {
    var sql = query.sql
    sql.append(raw: lock)
    return sql
  }

  /// Locks and returns all rows.
  public func all(in tx: Transaction) async throws -> [Row] {
    try await tx.read(sql).rows(of: Row.self)
  }

  /// Locks and returns the first row, or nil when there is none.
  public func first(in tx: Transaction) async throws -> Row? {
    let one = LockedQuery(query: query.limit(1), lock: lock)
    return try await one.all(in: tx).first
  }
}

extension LockedQuery where Row: KeyedRow {
  /// Locks and returns the row with this key.
  ///
  /// - Throws: ``RowNotFound`` when there is none in this query's scope, or it was skipped.
  public func find(_ key: Row.Key, in tx: Transaction) async throws -> Row {
    let one = query.narrowed(to: (Row.keyColumn == key).clause)
    guard let row = try await LockedQuery(query: one, lock: lock).all(in: tx).first else {
      throw RowNotFound(table: Row.table.name)
    }
    return row
  }
}
