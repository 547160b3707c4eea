public import ArtelPostgres

extension SQL.StringInterpolation {
  /// Appends all columns of a row's table, in the order in which the row reads them:
  /// `tags.id, tags.name`.
  ///
  /// For statements that only SQL can say; ``ArtelModel/TableRow/init(from:at:)`` reads the row from
  /// where the columns stand.
  /// ```swift
  /// let uses = try await db.read(
  ///   "select count(*), \(columns: Tag.self) from tags join … group by tags.id"
  /// ).map { try (Tag(from: $0, at: 1), $0.decode(Int.self, at: 0)) }
  /// ```
  public mutating func appendInterpolation<Row: TableRow>(columns row: Row.Type) {
    appendLiteral(row.table.columns.map { "\(row.table.name).\($0.name)" }.joined(separator: ", "))
  }
}
