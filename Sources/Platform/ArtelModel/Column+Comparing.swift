public import ArtelPostgres

extension Column where Value: PostgresCodable {
  /// The column has this value.
  public static func == (left: Column, right: Value) -> Condition<Row> {
    left.compared("=", right)
  }

  /// The column has another value.
  public static func != (left: Column, right: Value) -> Condition<Row> {
    left.compared("<>", right)
  }

  /// The column is less.
  public static func < (left: Column, right: Value) -> Condition<Row> {
    left.compared("<", right)
  }

  /// The column is less or equal.
  public static func <= (left: Column, right: Value) -> Condition<Row> {
    left.compared("<=", right)
  }

  /// The column is greater.
  public static func > (left: Column, right: Value) -> Condition<Row> {
    left.compared(">", right)
  }

  /// The column is greater or equal.
  public static func >= (left: Column, right: Value) -> Condition<Row> {
    left.compared(">=", right)
  }

  /// The column is at least the first and at most the second value.
  public func between(_ lower: Value, and upper: Value) -> Condition<Row> {
    ranged(lower, upper)
  }

  /// The column has one of these values; with no values, no row qualifies.
  ///
  /// One statement text serves any number of values: they are bound as one array.
  public func `in`(_ values: [Value]) -> Condition<Row> {
    quantified("= any", values)
  }

  /// The column has none of these values.
  public func notIn(_ values: [Value]) -> Condition<Row> {
    quantified("<> all", values)
  }
}

extension Column {
  /// The column has this value, or is null when the value is nil.
  public static func == <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped?
  ) -> Condition<Row> where Value == Wrapped? {
    right.map { left.compared("=", $0) } ?? left.tested("is null")
  }

  /// The column has another value or is null; with nil, that it is not null.
  public static func != <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped?
  ) -> Condition<Row> where Value == Wrapped? {
    right.map { left.compared("is distinct from", $0) } ?? left.tested("is not null")
  }

  /// The column is less; null is not.
  public static func < <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped
  ) -> Condition<Row> where Value == Wrapped? {
    left.compared("<", right)
  }

  /// The column is less or equal; null is not.
  public static func <= <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped
  ) -> Condition<Row> where Value == Wrapped? {
    left.compared("<=", right)
  }

  /// The column is greater; null is not.
  public static func > <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped
  ) -> Condition<Row> where Value == Wrapped? {
    left.compared(">", right)
  }

  /// The column is greater or equal; null is not.
  public static func >= <Wrapped: PostgresCodable>(
    left: Column,
    right: Wrapped
  ) -> Condition<Row> where Value == Wrapped? {
    left.compared(">=", right)
  }

  /// The column is at least the first and at most the second value; null is not.
  public func between<Wrapped: PostgresCodable>(
    _ lower: Wrapped,
    and upper: Wrapped
  ) -> Condition<Row> where Value == Wrapped? {
    ranged(lower, upper)
  }

  /// The column has one of these values; null never qualifies.
  public func `in`<Wrapped: PostgresCodable>(
    _ values: [Wrapped]
  ) -> Condition<Row> where Value == Wrapped? {
    quantified("= any", values)
  }

  /// The column is null.
  public func isNull<Wrapped>() -> Condition<Row> where Value == Wrapped? {
    tested("is null")
  }

  /// The column is not null.
  public func isNotNull<Wrapped>() -> Condition<Row> where Value == Wrapped? {
    tested("is not null")
  }
}

extension Column {
  /// Both columns of the row have the same value.
  public static func == (left: Column, right: Column) -> Condition<Row> {
    left.compared("=", with: right)
  }

  /// The columns of the row have different values.
  public static func != (left: Column, right: Column) -> Condition<Row> {
    left.compared("<>", with: right)
  }

  /// The left column of the row is less than the right one.
  public static func < (left: Column, right: Column) -> Condition<Row> {
    left.compared("<", with: right)
  }

  /// The left column of the row is greater than the right one.
  public static func > (left: Column, right: Column) -> Condition<Row> {
    left.compared(">", with: right)
  }

  /// The column's value is among those that the selection returns.
  public func `in`<Other>(_ selection: Selection<Other, Value>) -> Condition<Row> {
    var sql = SQL(raw: "\(name) in (")
    sql.append(selection.sql)
    sql.append(raw: ")")
    return Condition(clause: Clause(sql: sql, binding: .comparison))
  }
}

extension Column where Value == String {
  /// The text matches a pattern, in which `%` stands for any text and `_` for one character.
  public func like(_ pattern: String) -> Condition<Row> {
    compared("like", pattern)
  }

  /// The text matches a pattern, whatever its case.
  public func ilike(_ pattern: String) -> Condition<Row> {
    compared("ilike", pattern)
  }
}

extension Column where Value == String? {
  /// The text matches a pattern, in which `%` stands for any text and `_` for one character.
  public func like(_ pattern: String) -> Condition<Row> {
    compared("like", pattern)
  }

  /// The text matches a pattern, whatever its case.
  public func ilike(_ pattern: String) -> Condition<Row> {
    compared("ilike", pattern)
  }
}

extension Column {
  /// The array contains this element.
  public func contains<Element: PostgresCodable>(
    _ element: Element
  ) -> Condition<Row> where Value == [Element] {
    compared("@>", [element])
  }

  func compared(_ operation: String, _ value: some PostgresEncodable) -> Condition<Row> {
    var sql = SQL(raw: "\(name) \(operation) ")
    sql.append(value: value)
    return Condition(clause: Clause(sql: sql, binding: .comparison))
  }

  private func compared(_ operation: String, with other: Column) -> Condition<Row> {
    let sql = SQL(raw: "\(name) \(operation) \(other.name)")
    return Condition(clause: Clause(sql: sql, binding: .comparison))
  }

  private func tested(_ test: String) -> Condition<Row> {
    Condition(clause: Clause(sql: SQL(raw: "\(name) \(test)"), binding: .comparison))
  }

  private func ranged(_ lower: some PostgresEncodable, _ upper: some PostgresEncodable)
    -> Condition<Row>
  {
    var sql = SQL(raw: "\(name) between ")
    sql.append(value: lower)
    sql.append(raw: " and ")
    sql.append(value: upper)
    return Condition(clause: Clause(sql: sql, binding: .comparison))
  }

  private func quantified(_ operation: String, _ values: [some PostgresEncodable])
    -> Condition<Row>
  {
    var sql = SQL(raw: "\(name) \(operation)(")
    sql.append(value: values)
    sql.append(raw: "\(definition.arrayCast))")
    return Condition(clause: Clause(sql: sql, binding: .comparison))
  }
}

/// Patterns for `like` made of text that people typed.
public enum LikePattern {
  /// Matches texts that begin with `text`.
  public static func prefix(_ text: String) -> String { escaped(text) + "%" }

  /// Matches texts in which `text` occurs.
  public static func containing(_ text: String) -> String { "%" + escaped(text) + "%" }

  /// The text with `%`, `_` and `\` standing for themselves.
  public static func escaped(_ text: String) -> String {
    var escaped = ""
    for character in text {
      if character == "%" || character == "_" || character == "\\" { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
