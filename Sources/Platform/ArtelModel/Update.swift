public import ArtelPostgres

/// A statement that changes chosen columns of the rows that meet a condition.
///
/// ```swift
/// try await Post.update { $0.title = title; $0.updatedAt = now }.where { $0.id == id }.run(in: tx)
/// ```
public struct Update<Row: TableRow>: Sendable {
  private let assignments: [SQL]
  private var query: Query<Row>

  fileprivate init(assignments: [SQL]) {
    self.assignments = assignments
    query = Row.query
  }

  /// Narrows to rows for which the condition holds; conditions of several calls must all hold.
  public func `where`<C: ConditionConvertible>(
    _ condition: (Row.Columns) -> C
  ) -> Update where C.Row == Row {
    var update = self
    update.query = query.where(condition)
    return update
  }

  /// Narrows to rows for which a condition in SQL holds.
  public func `where`(_ sql: SQL) -> Update {
    var update = self
    update.query = query.where(sql)
    return update
  }

  /// The statement that ``run(in:)`` sends.
  public var sql: SQL {
    var sql = SQL(raw: "update \(Row.table.name) set ")
    sql.append(SQL.joined(assignments))
    query.parts.appendCondition(to: &sql)
    return sql
  }

  /// Changes the rows; returns how many.
  ///
  /// Sends nothing when no column was assigned.
  ///
  /// - Throws: ``ArtelPostgres/PostgresError/Code/misuse`` without a condition.
  @discardableResult
  public func run(in writer: some StatementWriter) async throws -> Int {
    try query.parts.requireCondition()
    guard !assignments.isEmpty else { return 0 }
    return try await writer.write(sql).affectedCount
  }

  /// Changes the rows and returns them as they are now.
  ///
  /// - Throws: ``ArtelPostgres/PostgresError/Code/misuse`` without a condition.
  public func returning(in writer: some StatementWriter) async throws -> [Row] {
    try query.parts.requireCondition()
    guard !assignments.isEmpty else { return try await writer.write(query.sql).rows(of: Row.self) }
    var sql = sql
    sql.append(raw: " returning \(Row.table.columnList)")
    return try await writer.write(sql).rows(of: Row.self)
  }
}

extension TableRow {
  /// Starts an update of the columns that `assign` sets; columns it does not set stay as they are.
  public static func update(_ assign: (inout Assignments<Self>) -> Void) -> Update<Self> {
    var assignments = Assignments<Self>()
    assign(&assignments)
    return Update(assignments: assignments.list)
  }

  /// Starts an update that adds to a column, without reading it first.
  ///
  /// A negative amount subtracts. Default 1.
  public static func increment<Number: PostgresCodable & FixedWidthInteger>(
    by amount: Number = 1,
    _ column: (Columns) -> Column<Self, Number>
  ) -> Update<Self> {
    let name = column(columns).name
    var sql = SQL(raw: "\(name) = \(name) + ")
    sql.append(value: amount)
    return Update(assignments: [sql])
  }
}

/// Takes the new values of columns inside ``TableRow/update(_:)``: `$0.title = "x"`.
@dynamicMemberLookup
public struct Assignments<Row: TableRow> {
  fileprivate var list: [SQL] = []

  /// Sets a column.
  public subscript<Value: PostgresCodable>(
    dynamicMember path: KeyPath<Row.Columns, Column<Row, Value>>
  ) -> Value {
    @available(*, unavailable, message: "an update sets columns; it does not read them")
    get { preconditionFailure() }
    set {
      var sql = SQL(raw: "\(Row.columns[keyPath: path].name) = ")
      sql.append(value: newValue)
      list.append(sql)
    }
  }

  /// Sets a column that may be null.
  public subscript<Wrapped: PostgresCodable>(
    dynamicMember path: KeyPath<Row.Columns, Column<Row, Wrapped?>>
  ) -> Wrapped? {
    @available(*, unavailable, message: "an update sets columns; it does not read them")
    get { preconditionFailure() }
    set {
      var sql = SQL(raw: "\(Row.columns[keyPath: path].name) = ")
      sql.append(value: newValue)
      list.append(sql)
    }
  }

  /// Sets a column to an expression in SQL, for what has no Swift form: `"greatest(seen_at, \(now))"`.
  public mutating func set<Value>(_ column: Column<Row, Value>, to expression: SQL) {
    var sql = SQL(raw: "\(column.name) = ")
    sql.append(expression)
    list.append(sql)
  }
}
