/// A table's name, columns and key, with the texts that its statements begin with.
///
/// Made once for each row type; the texts are built then and shared by all statements.
public struct Table: Sendable {
  /// The table's name as SQL, quoted when needed.
  public let name: String

  /// All columns in the order in which rows are read.
  let columns: [ColumnDefinition]

  /// The primary key in its order; empty when there is none.
  let key: [ColumnDefinition]

  /// The columns that the program may set, in the order in which rows are written.
  let writable: [ColumnDefinition]

  /// What rows are read from: `id, title`.
  let columnList: String

  /// The beginning of queries: `select id, title from posts`.
  let select: String

  /// `select id, title from posts where id = `, when the key is one column.
  let selectByKey: String

  /// The beginning of inserts: `insert into posts (id, title)`.
  let insert: String

  /// Describes a table.
  ///
  /// - Parameters:
  ///   - name: The name as SQL, quoted when needed.
  ///   - key: The primary key in its order; empty when there is none.
  ///   - columns: All columns in the order in which rows are read.
  public init(_ name: String, key: [any TableColumn], columns: [any TableColumn]) {
    self.name = name
    self.key = key.map(\.definition)
    self.columns = columns.map(\.definition)
    writable = self.columns.filter { !$0.isMadeByDatabase }
    columnList = self.columns.map(\.name).joined(separator: ", ")
    select = "select \(columnList) from \(name)"
    selectByKey = self.key.count == 1 ? "\(select) where \(self.key[0].name) = " : ""
    insert = "insert into \(name) (\(writable.map(\.name).joined(separator: ", ")))"
  }

  /// Where a column stands in ``columnList``.
  ///
  /// Cost: linear in the number of columns.
  func position(of name: String) -> Int? {
    columns.firstIndex { $0.name == name }
  }
}
