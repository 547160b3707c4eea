public import ArtelPostgres

extension StatementWriter {
  /// Writes chosen columns of many rows with one statement; returns how many rows were found.
  ///
  /// ```swift
  /// try await tx.update(contentsOf: tracks) { $0.position }
  /// ```
  /// - Throws: ``PostgresError/Code/misuse`` for array columns and for tables without a primary key.
  @discardableResult
  public func update<Row: TableRow>(
    contentsOf rows: [Row],
    @ColumnList<Row> setting columns: (Row.Columns) -> [ColumnDefinition]
  ) async throws -> Int {
    guard !rows.isEmpty else { return 0 }
    return try await write(try Row.bulkUpdate(of: rows, columns(Row.columns))).affectedCount
  }
}

extension TableRow {
  /// Makes `update tracks set position = changed.position from unnest($1, $2) as changed (id,
  /// position) where tracks.id = changed.id`.
  fileprivate static func bulkUpdate(of rows: [Self], _ columns: [ColumnDefinition]) throws -> SQL {
    let key = table.key.map(\.name)
    let wanted = Set(key + columns.map(\.name))
    let written = table.writable.map(\.name).filter(wanted.contains)
    guard !key.isEmpty, !columns.isEmpty, written.count == wanted.count else {
      throw PostgresError.misuse("bulk updates of \(table.name) need its key and columns to set")
    }
    guard let source = RowValues.unnest(rows, only: wanted) else {
      throw PostgresError.misuse("bulk updates cannot set array columns")
    }
    let updates = columns.map { "\($0.name) = changed.\($0.name)" }.joined(separator: ", ")
    var sql = SQL(raw: "update \(table.name) set \(updates) from ")
    sql.append(source)
    sql.append(raw: " as changed (\(written.joined(separator: ", "))) where ")
    sql.append(raw: key.map { "\(table.name).\($0) = changed.\($0)" }.joined(separator: " and "))
    return sql
  }
}
