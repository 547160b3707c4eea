public import ArtelPostgres

extension StatementWriter {
  /// Inserts a row and returns it as the database stored it.
  ///
  /// Columns that the database makes (identities, generated columns) are left out; the returned row
  /// has them.
  @discardableResult
  public func insert<Row: TableRow>(_ row: Row) async throws -> Row {
    var sql = Row.insertion(of: CollectionOfOne(row))
    sql.append(raw: " returning \(Row.table.columnList)")
    return try Row(from: try await write(sql).onlyRow, at: 0)
  }

  /// Inserts a row unless a unique constraint has one like it; returns whether it was inserted.
  public func insertIfAbsent<Row: TableRow>(_ row: Row) async throws -> Bool {
    var sql = Row.insertion(of: CollectionOfOne(row))
    sql.append(raw: " on conflict do nothing")
    return try await write(sql).affectedCount == 1
  }

  /// Inserts rows with one statement, whatever their number; returns how many.
  ///
  /// All or none are inserted.
  @discardableResult
  public func insert<Row: TableRow>(contentsOf rows: [Row]) async throws -> Int {
    guard !rows.isEmpty else { return 0 }
    return try await write(Row.bulkInsertion(of: rows)).affectedCount
  }

  /// Inserts those rows that no unique constraint refuses, with one statement; returns how many.
  @discardableResult
  public func insertIfAbsent<Row: TableRow>(contentsOf rows: [Row]) async throws -> Int {
    guard !rows.isEmpty else { return 0 }
    var sql = Row.bulkInsertion(of: rows)
    sql.append(raw: " on conflict do nothing")
    return try await write(sql).affectedCount
  }

  /// Inserts a row, or updates the one with the same primary key, and returns what is stored.
  ///
  /// All columns outside the key are updated.
  @discardableResult
  public func upsert<Row: TableRow>(_ row: Row) async throws -> Row {
    let key = Set(Row.table.key.map(\.name))
    var sql = Row.insertion(of: CollectionOfOne(row))
    sql.append(
      raw: try Row.conflictClause(
        on: Row.table.key,
        updating: Row.table.writable.filter { !key.contains($0.name) }
      )
    )
    sql.append(raw: " returning \(Row.table.columnList)")
    return try Row(from: try await write(sql).onlyRow, at: 0)
  }

  /// Inserts a row, or updates chosen columns of the one it conflicts with.
  ///
  /// ```swift
  /// try await tx.upsert(
  ///   member,
  ///   on: { $0.id },
  ///   updating: {
  ///     $0.username
  ///     $0.version
  ///   },
  ///   where: "members.version < excluded.version"
  /// )
  /// ```
  /// `on` names the columns of a unique constraint. The condition, in which the row to insert is
  /// named `excluded`, tells when the stored row is updated; default always. Returns what is stored,
  /// or nil when the condition kept the stored row.
  @discardableResult
  public func upsert<Row: TableRow>(
    _ row: Row,
    @ColumnList<Row> on target: (Row.Columns) -> [ColumnDefinition],
    @ColumnList<Row> updating columns: (Row.Columns) -> [ColumnDefinition],
    where condition: SQL? = nil
  ) async throws -> Row? {
    var sql = Row.insertion(of: CollectionOfOne(row))
    sql.append(
      raw: try Row.conflictClause(on: target(Row.columns), updating: columns(Row.columns))
    )
    if let condition {
      sql.append(raw: " where ")
      sql.append(condition)
    }
    sql.append(raw: " returning \(Row.table.columnList)")
    return try await write(sql).first.map { try Row(from: $0, at: 0) }
  }
}

extension TableRow {
  /// The statement that inserts the row, for `Transaction.pipelined(_:)`; it returns nothing.
  public var insertion: SQL { Self.insertion(of: CollectionOfOne(self)) }

  /// Makes `insert into posts (id, title) values ($1, $2)`.
  fileprivate static func insertion(of rows: some Collection<Self>) -> SQL {
    var sql = SQL(raw: "\(table.insert) values ")
    sql.append(RowValues.tuples(of: rows))
    return sql
  }

  /// Makes `insert into posts (id, title) select * from unnest($1, $2)`.
  ///
  /// It is one text for any number of rows.
  fileprivate static func bulkInsertion(of rows: [Self]) -> SQL {
    guard let source = RowValues.unnest(rows) else { return insertion(of: rows) }
    var sql = SQL(raw: "\(table.insert) select * from ")
    sql.append(source)
    return sql
  }

  /// Makes ` on conflict (id) do update set title = excluded.title`.
  fileprivate static func conflictClause(
    on target: [ColumnDefinition],
    updating columns: [ColumnDefinition]
  ) throws -> String {
    guard !target.isEmpty, !columns.isEmpty else {
      throw PostgresError.misuse("upsert into \(table.name) needs a key and a column to update")
    }
    let updates = columns.map { "\($0.name) = excluded.\($0.name)" }.joined(separator: ", ")
    return " on conflict (\(target.map(\.name).joined(separator: ", "))) do update set \(updates)"
  }
}
