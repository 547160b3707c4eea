public import ArtelPostgres

extension Query {
  /// Returns how many rows have each value of a column.
  ///
  /// ```swift
  /// let counts = try await Comment.where { $0.postID.in(ids) }.count(by: { $0.postID }, in: db)
  /// let count = counts[post.id, default: 0]
  /// ```
  /// A value that no row has is not in the result. With a limit, only the rows within it count.
  ///
  /// Cost: one statement; grows with the rows counted.
  public func count<Value: Hashable>(
    by column: (Row.Columns) -> Column<Row, Value>,
    in reader: some StatementReader
  ) async throws -> [Value: Int] {
    let column = column(Row.columns)
    let rows = try await reader.read(sql(countingBy: column.name))
    return Dictionary(
      uniqueKeysWithValues: try rows.map {
        (try column.read($0, 0), try $0.decode(Int.self, at: 1))
      }
    )
  }

  /// Makes `select post_id, count(*) from comments where … group by post_id`.
  private func sql(countingBy name: String) -> SQL {
    var sql = SQL(raw: "select \(name), count(*) from ")
    if parts.limit == nil {
      sql.append(raw: Row.table.name)
      parts.appendCondition(to: &sql)
    } else {
      sql.append(raw: "(select \(name) from \(Row.table.name)")
      parts.append(to: &sql)
      sql.append(raw: ") as counted")
    }
    sql.append(raw: " group by \(name)")
    return sql
  }
}
