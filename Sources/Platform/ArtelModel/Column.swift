public import ArtelPostgres

/// A column of a table, typed by the row it belongs to and the value it holds.
///
/// `Value` is optional when the column may be null. Operators and methods of columns make
/// ``Condition``s and ``Ordering``s; the values they compare with are bound, never spliced.
public struct Column<Row: TableRow, Value: Sendable>: TableColumn {
  /// The column as its table knows it, without Swift types.
  public let definition: ColumnDefinition

  @usableFromInline let read: @Sendable (PostgresRow, Int) throws -> Value

  /// The column's name as SQL.
  @usableFromInline var name: String { definition.name }
}

extension Column where Value: PostgresCodable {
  /// A column that is never null.
  ///
  /// - Parameters:
  ///   - name: The name as SQL, quoted when needed.
  ///   - type: The PostgreSQL type, when it is not the one that `Value` is sent as: enumerations,
  ///     `citext` and domains. Arrays of values are cast to it.
  ///   - isMadeByDatabase: Whether inserts and updates leave it out: identities, generated columns.
  public init(_ name: String, type: String? = nil, isMadeByDatabase: Bool = false) {
    definition = ColumnDefinition(
      name: name,
      type: type,
      isMadeByDatabase: isMadeByDatabase,
      isNullable: false,
      valueType: Value.self
    )
    read = { row, position in try row.decode(Value.self, at: position) }
  }
}

extension Column {
  /// A column that may be null; see ``init(_:type:isMadeByDatabase:)`` for the parameters.
  public init<Wrapped: PostgresCodable>(
    _ name: String,
    type: String? = nil,
    isMadeByDatabase: Bool = false
  ) where Value == Wrapped? {
    definition = ColumnDefinition(
      name: name,
      type: type,
      isMadeByDatabase: isMadeByDatabase,
      isNullable: true,
      valueType: Wrapped.self
    )
    read = { row, position in try row.decode(Wrapped?.self, at: position) }
  }
}

/// A column whose row and value types were left behind, for lists of columns.
public protocol TableColumn: Sendable {
  /// The column as its table knows it.
  var definition: ColumnDefinition { get }
}

/// A column as its table knows it: names and types in SQL's terms.
///
/// Shared by reference, because every query copies the columns of its table.
public final class ColumnDefinition: Sendable {
  let name: String
  let type: String?
  let isMadeByDatabase: Bool
  let isNullable: Bool
  let valueType: any PostgresCodable.Type

  init(
    name: String,
    type: String?,
    isMadeByDatabase: Bool,
    isNullable: Bool,
    valueType: any PostgresCodable.Type
  ) {
    self.name = name
    self.type = type
    self.isMadeByDatabase = isMadeByDatabase
    self.isNullable = isNullable
    self.valueType = valueType
  }

  /// What follows a placeholder that holds an array of this column's values: `::citext[]`.
  var arrayCast: String { type.map { "::\($0)[]" } ?? "" }
}

/// Collects columns of one table, one on each line of a closure.
@resultBuilder
public enum ColumnList<Row: TableRow> {
  /// Takes one column.
  public static func buildExpression<Value>(_ column: Column<Row, Value>) -> ColumnDefinition {
    column.definition
  }

  /// Joins the lines.
  public static func buildBlock(_ columns: ColumnDefinition...) -> [ColumnDefinition] {
    columns
  }
}
