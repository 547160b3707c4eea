public import ArtelPostgres

extension Query {
  /// Deletes the rows; returns how many.
  ///
  /// - Throws: ``ArtelPostgres/PostgresError/Code/misuse`` without a condition, or with order or
  ///   limit.
  @discardableResult
  public func delete(in writer: some StatementWriter) async throws -> Int {
    try parts.requireCondition()
    return try await writer.write(deletion).affectedCount
  }

  /// The statement that ``delete(in:)`` sends.
  var deletion: SQL {
    var sql = SQL(raw: "delete from \(Row.table.name)")
    parts.appendCondition(to: &sql)
    return sql
  }
}

extension KeyedRow {
  /// Deletes the row with this key from the default scope; returns whether there was one.
  @discardableResult
  public static func delete(_ key: Key, in writer: some StatementWriter) async throws -> Bool {
    try await query.narrowed(to: (keyColumn == key).clause).delete(in: writer) == 1
  }
}
