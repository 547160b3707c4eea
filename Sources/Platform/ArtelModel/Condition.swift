public import ArtelPostgres

/// What rows must be like: the part of a statement behind `where`.
///
/// Made by comparing columns and by joining conditions with `&&`, `||` and `!`; raw SQL goes in
/// with ``init(_:)``.
public struct Condition<Row: TableRow>: Sendable, ConditionConvertible {
  let clause: Clause

  init(clause: Clause) {
    self.clause = clause
  }

  /// A condition in SQL, for what has no Swift form.
  ///
  /// Its values are bound.
  public init(_ sql: SQL) {
    clause = Clause(sql: sql, binding: .loose)
  }

  /// The condition's SQL.
  public var sql: SQL { clause.sql }

  /// This condition.
  public var condition: Condition<Row> { self }
}

/// Something that is a condition: a ``Condition`` or a column of truth values.
public protocol ConditionConvertible<Row>: Sendable {
  /// The row that the condition is about.
  associatedtype Row: TableRow

  /// The condition itself.
  var condition: Condition<Row> { get }
}

extension Column: ConditionConvertible where Value == Bool {
  /// That the column is true.
  public var condition: Condition<Row> {
    Condition(clause: Clause(sql: SQL(raw: name), binding: .atom))
  }
}

extension ConditionConvertible {
  /// Both must hold.
  public static func && <Other: ConditionConvertible>(
    left: Self,
    right: Other
  ) -> Condition<Row> where Other.Row == Row {
    Condition(clause: left.condition.clause.joined(with: right.condition.clause, by: .and))
  }

  /// One of them must hold, or both.
  public static func || <Other: ConditionConvertible>(
    left: Self,
    right: Other
  ) -> Condition<Row> where Other.Row == Row {
    Condition(clause: left.condition.clause.joined(with: right.condition.clause, by: .or))
  }

  /// It must not hold; as in SQL, the opposite of unknown is unknown.
  public static prefix func ! (operand: Self) -> Condition<Row> {
    Condition(clause: operand.condition.clause.negated)
  }
}

/// A condition without its row's type, with what is needed to set parentheses only where SQL
/// needs them.
struct Clause: Sendable {
  /// How tightly the text holds together, most tightly first.
  enum Binding: Int {
    case atom, comparison, and, or, loose
  }

  var sql: SQL
  var binding: Binding

  func joined(with other: Clause, by operation: Binding) -> Clause {
    var joined = enclosed(within: operation)
    joined.append(raw: operation == .and ? " and " : " or ")
    joined.append(other.enclosed(within: operation))
    return Clause(sql: joined, binding: operation)
  }

  var negated: Clause {
    var negated = SQL(raw: "not ")
    negated.append(enclosed(within: .atom))
    return Clause(sql: negated, binding: .comparison)
  }

  private func enclosed(within outer: Binding) -> SQL {
    guard binding.rawValue > outer.rawValue else { return sql }
    var enclosed = SQL(raw: "(")
    enclosed.append(sql)
    enclosed.append(raw: ")")
    return enclosed
  }
}
