/// One column that rows are sorted by.
public struct Ordering<Row: TableRow>: Sendable {
  let term: OrderingTerm
}

/// An ordering without its row's type.
struct OrderingTerm: Sendable {
  let column: ColumnDefinition
  let isDescending: Bool
  var nulls: String = ""

  var text: String { column.name + (isDescending ? " desc" : "") + nulls }
}

extension Column {
  /// Least first; PostgreSQL puts nulls last.
  public var ascending: Ordering<Row> {
    Ordering(term: OrderingTerm(column: definition, isDescending: false))
  }

  /// Greatest first; PostgreSQL puts nulls first.
  public var descending: Ordering<Row> {
    Ordering(term: OrderingTerm(column: definition, isDescending: true))
  }
}

extension Ordering {
  /// The same order with nulls before everything else.
  public var nullsFirst: Ordering<Row> { with(nulls: " nulls first") }

  /// The same order with nulls behind everything else.
  public var nullsLast: Ordering<Row> { with(nulls: " nulls last") }

  private func with(nulls: String) -> Ordering<Row> {
    var term = term
    term.nulls = nulls
    return Ordering(term: term)
  }
}

/// Collects orderings, most significant first, one on each line of a closure.
@resultBuilder
public enum OrderingList<Row: TableRow> {
  /// Takes one ordering.
  public static func buildExpression(_ ordering: Ordering<Row>) -> Ordering<Row> {
    ordering
  }

  /// Takes a column, least first.
  public static func buildExpression<Value>(_ column: Column<Row, Value>) -> Ordering<Row> {
    column.ascending
  }

  /// Joins the lines.
  public static func buildBlock(_ orderings: Ordering<Row>...) -> [Ordering<Row>] {
    orderings
  }
}
