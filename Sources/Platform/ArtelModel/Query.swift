public import ArtelPostgres

/// A question about one table, built in SQL's order and asked as one statement.
///
/// ```swift
/// let posts = try await Post.where { $0.isPublic && $0.authorID == ada }
///   .order { $0.createdAt.descending }
///   .limit(20)
///   .all(in: db)
/// ```
/// A query is a value: scopes are methods in `extension Query where Row == Post` that return it
/// with one more condition. ``sql`` shows the statement.
public struct Query<Row: TableRow>: Sendable {
  @usableFromInline var parts: QueryParts

  init(parts: QueryParts = QueryParts()) {
    self.parts = parts
  }

  /// Narrows to rows for which the condition holds; conditions of several calls must all hold.
  public func `where`<C: ConditionConvertible>(
    _ condition: (Row.Columns) -> C
  ) -> Query where C.Row == Row {
    narrowed(to: condition(Row.columns).condition.clause)
  }

  /// Narrows to rows for which a condition in SQL holds.
  public func `where`(_ sql: SQL) -> Query {
    narrowed(to: Condition<Row>(sql).clause)
  }

  /// Sorts, most significant column first; a second call sorts within the first.
  public func order(
    @OrderingList<Row> by orderings: (Row.Columns) -> [Ordering<Row>]
  ) -> Query {
    var query = self
    query.parts.orderings += orderings(Row.columns).map { $0.term }
    return query
  }

  /// Returns at most `count` rows.
  ///
  /// The number is part of the statement's text, because the planner needs it: give few different
  /// ones.
  public func limit(_ count: Int) -> Query {
    var query = self
    query.parts.limit = max(0, count)
    return query
  }

  /// The statement that ``all(in:)`` sends.
  public var sql: SQL {
    var sql = SQL(raw: Row.table.select)
    parts.append(to: &sql)
    return sql
  }

  func narrowed(to clause: Clause) -> Query {
    var query = self
    query.parts.narrow(to: clause)
    return query
  }
}

extension TableRow {
  /// All rows in the default scope.
  public static var query: Query<Self> {
    Query(parts: QueryParts(condition: defaultScope?.clause))
  }

  /// All rows, without the default scope.
  public static var unscoped: Query<Self> {
    Query()
  }

  /// The rows for which the condition holds.
  public static func `where`<C: ConditionConvertible>(
    _ condition: (Columns) -> C
  ) -> Query<Self> where C.Row == Self {
    query.where(condition)
  }

  /// The rows for which a condition in SQL holds.
  public static func `where`(_ sql: SQL) -> Query<Self> {
    query.where(sql)
  }

  /// All rows, sorted.
  public static func order(
    @OrderingList<Self> by orderings: (Columns) -> [Ordering<Self>]
  ) -> Query<Self> {
    query.order(by: orderings)
  }
}

/// What a query is made of, without its row's type.
@usableFromInline
struct QueryParts: Sendable {
  var condition: Clause?
  /// Whether there is a condition beside the default scope.
  var isNarrowed = false
  var orderings: [OrderingTerm] = []
  var limit: Int?

  @usableFromInline static var everything: QueryParts { QueryParts() }

  /// Whether nothing but the key would stand behind `where`.
  var isBare: Bool { condition == nil && orderings.isEmpty && limit == nil }

  mutating func narrow(to clause: Clause) {
    isNarrowed = true
    condition = condition.map { $0.joined(with: clause, by: .and) } ?? clause
  }

  /// Appends `where`, `order by` and `limit`.
  func append(to sql: inout SQL) {
    appendCondition(to: &sql)
    appendOrder(to: &sql)
  }

  func appendCondition(to sql: inout SQL) {
    guard let condition else { return }
    sql.append(raw: " where ")
    sql.append(condition.sql)
  }

  func appendOrder(to sql: inout SQL) {
    for (index, ordering) in orderings.enumerated() {
      sql.append(raw: index == 0 ? " order by " : ", ")
      sql.append(raw: ordering.text)
    }
    if let limit { sql.append(raw: " limit \(limit)") }
  }

  /// Refuses what `update` and `delete` cannot do, or would do to the whole table.
  func requireCondition() throws {
    guard orderings.isEmpty, limit == nil else {
      throw PostgresError.misuse("update and delete take neither order nor limit")
    }
    guard isNarrowed else {
      throw PostgresError.misuse(
        "update and delete need a condition; say where(\"true\") for all rows"
      )
    }
  }
}
