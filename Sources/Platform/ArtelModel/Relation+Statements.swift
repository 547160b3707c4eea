public import ArtelPostgres

// The statements that load related rows. `self` is what those rows must be like.
extension QueryParts {
  /// Makes `select … from members where id = any(array(select unnest($1)))`.
  @usableFromInline
  func statement<Target, Value, Key: PostgresCodable>(
    matching keys: [Key],
    _ column: Column<Target, Value>
  ) -> SQL? {
    guard !keys.isEmpty else { return nil }
    var parts = self
    parts.narrow(to: QueryParts.clause(column.definition, in: keys))
    return Query<Target>(parts: parts).sql
  }

  /// As ``statement(matching:_:)``, sorted; with a limit, a lateral join counts it for each key.
  @usableFromInline
  func statement<Child, Value, Key: PostgresCodable>(
    listing keys: [Key],
    _ column: Column<Child, Value>
  ) -> SQL? {
    let sorted = sorted(within: Child.table)
    guard limit != nil, !keys.isEmpty else { return sorted.statement(matching: keys, column) }
    return sorted.lateral(Child.table, selecting: "", keys, column.definition) {
      "\(column.name) = parent.key"
    }
  }

  /// Through a join table: the first column is the key that a row belongs to.
  @usableFromInline
  func statement<Link, Child, ChildKey, Key: PostgresCodable>(
    listing keys: [Key],
    through parent: Column<Link, Key>,
    _ child: Column<Link, ChildKey>,
    _ column: Column<Child, ChildKey>
  ) -> SQL? {
    guard !keys.isEmpty else { return nil }
    let sorted = sorted(within: Child.table)
    let link = Link.table.name
    if limit != nil {
      return sorted.lateral(Child.table, selecting: "parent.key, ", keys, parent.definition) {
        "\(column.name) in (select \(child.name) from \(link) where \(parent.name) = parent.key)"
      }
    }
    let table = Child.table
    var sql = SQL(raw: "select links.parent_key, \(table.columnList) from \(table.name) join (")
    sql.append(
      raw: "select \(parent.name) as parent_key, \(child.name) as child_key from \(link) where "
    )
    sql.append(QueryParts.clause(parent.definition, in: keys).sql)
    sql.append(raw: ") as links on links.child_key = \(table.name).\(column.name)")
    sorted.append(to: &sql)
    return sql
  }

  /// Makes `select related.* from unnest($1) as parent (key) cross join lateral (…) as related`.
  private func lateral(
    _ table: Table,
    selecting prefix: String,
    _ keys: [some PostgresCodable],
    _ column: ColumnDefinition,
    joining condition: () -> String
  ) -> SQL {
    var inner = self
    inner.condition = Clause(sql: SQL(raw: condition()), binding: .comparison)
    if let condition = self.condition { inner.narrow(to: condition) }
    var sql = SQL(raw: "select \(prefix)related.* from unnest(")
    sql.append(value: keys)
    sql.append(raw: "\(column.arrayCast)) as parent (key) cross join lateral (\(table.select)")
    inner.append(to: &sql)
    sql.append(raw: ") as related")
    return sql
  }

  private func sorted(within table: Table) -> QueryParts {
    guard orderings.isEmpty else { return self }
    var sorted = self
    sorted.orderings = table.key.map { OrderingTerm(column: $0, isDescending: false) }
    return sorted
  }

  /// Makes `id = any(array(select unnest($1)))`.
  ///
  /// PostgreSQL sees how many keys an array has and would plan anew for each, which takes longer than
  /// reading them. It does not see through the sub-select, so that one plan is kept for all.
  private static func clause(_ column: ColumnDefinition, in keys: [some PostgresCodable]) -> Clause
  {
    var sql = SQL(raw: "\(column.name) = any(array(select unnest(")
    sql.append(value: keys)
    sql.append(raw: "\(column.arrayCast))))")
    return Clause(sql: sql, binding: .comparison)
  }
}

extension Optional where Wrapped == ResultRows {
  /// The rows by the value of `column`.
  @inlinable
  func indexed<Row, Key: Hashable>(by column: Column<Row, Key>) throws -> [Key: Row] {
    try indexed(by: column.name) { row, position in try column.read(row, position) }
  }

  /// The rows by the value of `column` that have one.
  @inlinable
  func indexed<Row, Key: Hashable>(by column: Column<Row, Key?>) throws -> [Key: Row] {
    try indexed(by: column.name) { row, position in try column.read(row, position) }
  }

  @inlinable
  func indexed<Row: TableRow, Key: Hashable>(
    by name: String,
    _ read: (PostgresRow, Int) throws -> Key?
  ) throws -> [Key: Row] {
    guard let result = self else { return [:] }
    let position = try Row.table.requirePosition(of: name)
    var index = [Key: Row](minimumCapacity: result.count)
    for row in result {
      guard let key = try read(row, position) else { continue }
      index[key] = try Row(from: row, at: 0)
    }
    return index
  }

  /// The rows in their order by the value of the column `name`, which `read` reads.
  @inlinable
  func grouped<Row: TableRow, Key: Hashable>(
    as type: Row.Type,
    by name: String,
    _ read: (PostgresRow, Int) throws -> Key?
  ) throws -> [Key: [Row]] {
    guard let result = self else { return [:] }
    let position = try Row.table.requirePosition(of: name)
    var groups: [Key: [Row]] = [:]
    for row in result {
      guard let key = try read(row, position) else { continue }
      groups[key, default: []].append(try Row(from: row, at: 0))
    }
    return groups
  }

  /// The rows in their order by the key in the first column.
  @inlinable
  func linked<Row: TableRow, Key: Hashable & PostgresCodable>(
    to type: Row.Type,
    by key: Key.Type
  ) throws -> [Key: [Row]] {
    guard let result = self else { return [:] }
    var groups: [Key: [Row]] = [:]
    for row in result {
      groups[try row.decode(Key.self, at: 0), default: []].append(try Row(from: row, at: 1))
    }
    return groups
  }
}

extension Table {
  @usableFromInline
  func requirePosition(of name: String) throws -> Int {
    guard let position = position(of: name) else {
      throw PostgresError.misuse("\(name) is no column of \(self.name)")
    }
    return position
  }
}
