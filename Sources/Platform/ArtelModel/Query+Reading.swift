public import ArtelPostgres

extension Query {
  /// Returns all rows.
  public func all(in reader: some StatementReader) async throws -> [Row] {
    try await reader.read(sql).rows(of: Row.self)
  }

  /// Returns the first row, or nil when there is none.
  public func first(in reader: some StatementReader) async throws -> Row? {
    try await reader.read(limit(1).sql).first.map { try Row(from: $0, at: 0) }
  }

  /// Returns whether there is any row.
  public func exists(in reader: some StatementReader) async throws -> Bool {
    var sql = SQL(raw: "select exists (select from \(Row.table.name)")
    parts.append(to: &sql)
    sql.append(raw: ")")
    return try await reader.read(sql).onlyRow.decode(Bool.self, at: 0)
  }

  /// Returns how many rows there are.
  ///
  /// Cost: grows with the rows counted.
  public func count(in reader: some StatementReader) async throws -> Int {
    var sql = SQL(raw: "select count(*) from ")
    if parts.limit == nil {
      sql.append(raw: Row.table.name)
      parts.appendCondition(to: &sql)
    } else {
      sql.append(raw: "(select from \(Row.table.name)")
      parts.append(to: &sql)
      sql.append(raw: ") as counted")
    }
    return try await reader.read(sql).onlyRow.decode(Int.self, at: 0)
  }
}

extension Query where Row: KeyedRow {
  /// Returns the row with this key.
  ///
  /// - Throws: ``RowNotFound`` when there is none in this query's scope.
  public func find(_ key: Row.Key, in reader: some StatementReader) async throws -> Row {
    guard let row = try await reader.read(sql(finding: key)).first else {
      throw RowNotFound(table: Row.table.name)
    }
    return try Row(from: row, at: 0)
  }

  func sql(finding key: Row.Key) -> SQL {
    guard parts.isBare else {
      return narrowed(to: (Row.keyColumn == key).clause).sql
    }
    var sql = SQL(raw: Row.table.selectByKey)
    sql.append(value: key)
    return sql
  }
}

extension KeyedRow {
  /// Returns the row with this key.
  ///
  /// - Throws: ``RowNotFound`` when there is none in the default scope.
  public static func find(_ key: Key, in reader: some StatementReader) async throws -> Self {
    try await query.find(key, in: reader)
  }
}

extension ResultRows {
  @inlinable
  func rows<Row: TableRow>(of type: Row.Type) throws -> [Row] {
    var rows: [Row] = []
    rows.reserveCapacity(count)
    for index in 0..<count { rows.append(try Row(from: self[index], at: 0)) }
    return rows
  }

  var onlyRow: PostgresRow {
    get throws {
      guard count == 1 else { throw PostgresError.decoding("\(count) rows instead of one") }
      return self[0]
    }
  }
}
