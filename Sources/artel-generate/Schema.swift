/// What a migrated database contains, as far as rows are concerned.
struct Schema: Sendable {
  var tables: [SchemaTable] = []
  var enumerations: [SchemaEnumeration] = []

  func table(_ id: Int) -> SchemaTable? {
    tables.first { $0.id == id }
  }
}

/// A PostgreSQL enum type.
struct SchemaEnumeration: Sendable {
  /// The name as stored, without quotes.
  let name: String
  /// The labels in their order.
  let labels: [String]
  let comment: SchemaComment
}

/// A table with its columns in their order.
struct SchemaTable: Sendable {
  let id: Int
  /// The name as stored, without quotes.
  let name: String
  /// The name as SQL, quoted when needed.
  let sqlName: String
  let comment: SchemaComment
  var columns: [SchemaColumn] = []
  /// The names of the primary key's columns in its order.
  var key: [String] = []
  /// The columns of unique constraints and of unique indexes over plain columns.
  var uniques: [[String]] = []
  var foreignKeys: [ForeignKey] = []

  func column(_ name: String) -> SchemaColumn? {
    columns.first { $0.name == name }
  }

  /// The foreign key that this column is, when it is one by itself.
  func foreignKey(of column: String) -> ForeignKey? {
    foreignKeys.first { $0.columns == [column] }
  }

  /// Whether no two rows can have the same value in `column`.
  func isUnique(_ column: String) -> Bool {
    key == [column] || uniques.contains([column])
  }
}

/// A column of a table.
struct SchemaColumn: Sendable {
  /// The name as stored, without quotes.
  let name: String
  /// The name as SQL, quoted when needed.
  let sqlName: String
  let type: SchemaType
  let isNullable: Bool
  /// Whether the database makes its value: identities and generated columns.
  let isMadeByDatabase: Bool
  /// The default's expression as PostgreSQL prints it.
  let defaultExpression: String?
  let comment: SchemaComment
}

/// A column's type.
indirect enum SchemaType: Equatable, Sendable {
  /// A type of PostgreSQL or of an extension, by its name in `pg_type`.
  case named(String)
  case enumeration(String)
  /// A domain over another type.
  case domain(String, over: SchemaType)
  case array(of: SchemaType)

  /// The name by which SQL casts to it.
  var sqlName: String {
    switch self {
    case .named(let name), .enumeration(let name), .domain(let name, over: _): name
    case .array(of: let element): "\(element.sqlName)[]"
    }
  }
}

/// A foreign key inside one database.
struct ForeignKey: Sendable {
  /// The referencing columns.
  let columns: [String]
  /// The referenced table.
  let target: Int
  /// The referenced columns.
  let targetColumns: [String]
}

/// The text of `comment on`, with its directive taken out.
struct SchemaComment: Sendable {
  /// What becomes the documentation; empty when there is none.
  let text: String
  /// What follows `@type` on a line of its own: the Swift type's name.
  let type: String?

  init(_ comment: String?) {
    var lines: [Substring] = []
    var type: String?
    for line in (comment ?? "").split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("@type ") {
        type = String(line.dropFirst("@type ".count))
      } else {
        lines.append(line)
      }
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    text = lines.joined(separator: "\n")
    self.type = type
  }
}
