public import ArtelPostgres

/// A row of one table, as a Swift value.
///
/// Conformances are generated from the migrated schema by `bin/generate`; behavior is added in
/// hand-written extensions.
public protocol TableRow: Sendable {
  /// The table's columns, typed; what the closures of queries receive.
  associatedtype Columns: Sendable

  /// The table's columns.
  static var columns: Columns { get }

  /// The table: its name, its columns in their order, and its key.
  static var table: Table { get }

  /// The condition that every query of this type starts with; nil for none, the default.
  ///
  /// For soft delete, declare it in an extension of the row:
  /// ```swift
  /// extension Comment {
  ///   static var defaultScope: Condition<Comment>? { columns.deletedAt == nil }
  /// }
  /// ```
  /// ``unscoped`` starts without it, and so do to-one relations: they follow their foreign key.
  static var defaultScope: Condition<Self>? { get }

  /// Reads the row from the columns that start at `offset`, in the order of ``table``.
  init(from row: PostgresRow, at offset: Int) throws

  /// Writes the value of each column that the program may set, in the order of ``table``.
  func write(to values: inout RowValues)
}

extension TableRow {
  /// Every row is in scope unless the row's type says otherwise.
  public static var defaultScope: Condition<Self>? { nil }
}

/// A row of a table whose primary key is one column.
public protocol KeyedRow: TableRow {
  /// The type of the primary key.
  associatedtype Key: PostgresCodable & Hashable

  /// The column that is the primary key.
  static var keyColumn: Column<Self, Key> { get }
}

/// No row with that key exists in the scope that was asked.
///
/// Routes answer it with 404, whether the row is absent or hidden from the caller.
public struct RowNotFound: Error, Hashable, CustomStringConvertible {
  /// The table that was asked.
  public let table: String

  /// Makes the error for a table.
  public init(table: String) {
    self.table = table
  }

  /// Names the table; never the key.
  public var description: String { "No such row in \(table)" }
}
