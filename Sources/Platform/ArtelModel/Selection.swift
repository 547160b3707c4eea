public import ArtelPostgres

extension Query {
  /// Reads only these columns, as a tuple for each row.
  ///
  /// ```swift
  /// let titles = try await Post.query.select { ($0.id, $0.title) }.all(in: db)
  /// ```
  public func select<each Value>(
    _ columns: (Row.Columns) -> (repeat Column<Row, each Value>)
  ) -> Selection<Row, repeat each Value> {
    let columns = columns(Row.columns)
    return Selection(parts: parts, columns: (repeat each columns))
  }
}

/// A query for some of a table's columns.
public struct Selection<Row: TableRow, each Value: Sendable>: Sendable {
  let parts: QueryParts
  let columns: (repeat Column<Row, each Value>)

  /// The statement that ``all(in:)`` sends.
  public var sql: SQL {
    var names: [String] = []
    for column in repeat each columns { names.append(column.name) }
    var sql = SQL(raw: "select \(names.joined(separator: ", ")) from \(Row.table.name)")
    parts.append(to: &sql)
    return sql
  }

  /// Returns a tuple for each row.
  public func all(in reader: some StatementReader) async throws -> [(repeat each Value)] {
    try await reader.read(sql).map { try values(of: $0) }
  }

  /// Returns the first row's tuple, or nil when there is none.
  public func first(in reader: some StatementReader) async throws -> (repeat each Value)? {
    var parts = parts
    parts.limit = 1
    let one = Selection(parts: parts, columns: (repeat each columns))
    return try await reader.read(one.sql).first.map { try values(of: $0) }
  }

  private func values(of row: PostgresRow) throws -> (repeat each Value) {
    var position = -1
    func value<V>(of column: Column<Row, V>) throws -> V {
      position += 1
      return try column.read(row, position)
    }
    return (repeat try value(of: each columns))
  }
}
