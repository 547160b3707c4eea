/// A table as a Swift type: names and types decided, nothing written yet.
struct RowType {
  let table: SchemaTable
  let name: String
  let properties: [RowProperty]
  var relations: [RowRelation] = []
  /// The id type to declare beside the row, when no contract has it.
  let declaredID: String?

  func property(_ column: String) -> RowProperty? {
    properties.first { $0.column.name == column }
  }

  /// The property that is the whole primary key.
  var key: RowProperty? {
    table.key.count == 1 ? property(table.key[0]) : nil
  }
}

/// A column as a property.
struct RowProperty {
  let column: SchemaColumn
  /// The Swift name, without backticks.
  let name: String
  /// The Swift type of a value, without the question mark of nullable columns.
  let type: String
  /// The PostgreSQL type to cast arrays of values to, when Swift's type does not tell it.
  let cast: String?
  /// The modules that the type needs.
  let modules: Set<String>
  /// What the initializer offers for it, in Swift.
  let defaultArgument: String?

  var fullType: String { column.isNullable ? "\(type)?" : type }
}

/// A foreign key as a way from one row to others.
struct RowRelation {
  let name: String
  let comment: String
  /// The type behind the arrow: `Member`, `Member?` or `[Tag]`.
  let related: String
  /// The call that makes it: `toOne({ $0.authorID }, Member.columns.id)`.
  let construction: String
}

/// Decides how the tables of one context look in Swift.
struct RowTypes {
  private(set) var types: [RowType] = []

  private let schema: Schema
  private let context: String
  private let identifiers: IdentifierTypes

  init(_ schema: Schema, context: String, identifiers: IdentifierTypes) throws {
    self.schema = schema
    self.context = context
    self.identifiers = identifiers
    var problems: [String] = []
    for table in schema.tables { types.append(try type(of: table, &problems)) }
    guard problems.isEmpty else { throw GenerateError(problems.joined(separator: "\n")) }
    let relations = RowRelations(types: types)
    for index in types.indices { types[index].relations = relations.relations(of: types[index]) }
  }

  private func type(of table: SchemaTable, _ problems: inout [String]) throws -> RowType {
    let name = SwiftName.type(ofTable: table)
    var declaredID: String?
    var properties: [RowProperty] = []
    for column in table.columns where !isLeftOut(column) {
      let type: SwiftType
      do {
        type = try swiftType(of: column, in: table)
      } catch let error as GenerateError {
        problems.append(error.description)
        continue
      }
      if isOwnID(column, of: table), try identifiers.module(of: type.name, for: context) == nil {
        declaredID = type.name
      }
      properties.append(
        RowProperty(
          column: column,
          name: SwiftName.property(column.name),
          type: type.name,
          cast: cast(for: column.type),
          modules: type.modules,
          defaultArgument: try defaultArgument(for: column, type, in: table)
        )
      )
    }
    return RowType(table: table, name: name, properties: properties, declaredID: declaredID)
  }

  /// Search vectors that the database computes are for its indexes, not for the program.
  private func isLeftOut(_ column: SchemaColumn) -> Bool {
    column.isMadeByDatabase && column.type == .named("tsvector")
  }

  private func isOwnID(_ column: SchemaColumn, of table: SchemaTable) -> Bool {
    column.type == .named("uuid") && column.comment.type == nil && table.key == [column.name]
      && column.name == "id" && table.foreignKey(of: column.name) == nil
  }

  private func swiftType(of column: SchemaColumn, in table: SchemaTable) throws -> SwiftType {
    if let type = column.comment.type { return try SwiftType(type, modules: modules(of: type)) }
    let place = "\(table.name).\(column.name)"
    guard column.type == .named("uuid") else { return try SwiftType(column.type, at: place) }
    let name = try idType(of: column, in: table)
    return SwiftType(name, modules: try modules(of: name))
  }

  /// The id type of a `uuid` column: its own, the referenced one, or what its name says.
  private func idType(of column: SchemaColumn, in table: SchemaTable) throws -> String {
    if isOwnID(column, of: table) { return "\(SwiftName.type(ofTable: table))ID" }
    if let key = table.foreignKey(of: column.name), let target = schema.table(key.target),
      let referenced = target.column(key.targetColumns[0])
    {
      return try referenced.comment.type ?? idType(of: referenced, in: target)
    }
    let property = SwiftName.property(column.name)
    let name = property.prefix(1).uppercased() + property.dropFirst()
    if name.hasSuffix("ID"), try identifiers.module(of: name, for: context) != nil { return name }
    throw GenerateError(
      """
      \(table.name).\(column.name) is a uuid, but no contract declares \(name). Reference a table, \
      declare the id in a contract, or name its Swift type in the column's comment, on a line of \
      its own: @type SomeID
      """
    )
  }

  private func modules(of type: String) throws -> Set<String> {
    var modules: Set<String> = []
    for word in type.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) {
      if let module = try identifiers.module(of: String(word), for: context) {
        modules.insert(module)
      }
      modules.formUnion(SwiftType.modules[String(word)] ?? [])
    }
    return modules
  }

  private func cast(for type: SchemaType) -> String? {
    switch type {
    case .enumeration, .domain, .named("citext"): type.sqlName
    default: nil
    }
  }

  private func defaultArgument(
    for column: SchemaColumn,
    _ type: SwiftType,
    in table: SchemaTable
  ) throws -> String? {
    guard !column.isMadeByDatabase else { return nil }
    if isOwnID(column, of: table) {
      let module = try identifiers.module(of: type.name, for: context)
      return module == nil || module == "\(context)Contract" ? ".generate()" : nil
    }
    guard let expression = column.defaultExpression else { return column.isNullable ? "nil" : nil }
    return DefaultExpression(expression).swift(for: type.name, column.type)
  }
}

/// A type's name in Swift and the modules it needs.
struct SwiftType {
  let name: String
  let modules: Set<String>

  init(_ name: String, modules: Set<String>) {
    self.name = name
    self.modules = modules
  }

  /// The type that values of a PostgreSQL type have.
  init(_ type: SchemaType, at place: String) throws {
    switch type {
    case .enumeration(let name):
      self.init(SwiftName.type(ofEnumeration: name), modules: [])
    case .domain(_, let base):
      try self.init(base, at: place)
    case .array(.array), .array(.named("uuid")):
      throw GenerateError("\(place) is \(type.sqlName): name its Swift type with @type")
    case .array(let element):
      let element = try SwiftType(element, at: place)
      self.init("[\(element.name)]", modules: element.modules)
    case .named(let name):
      guard let swift = SwiftType.names[name] else {
        throw GenerateError(
          "\(place) is \(name), which rows cannot hold: use another type, such as text with a check"
        )
      }
      self.init(swift, modules: SwiftType.modules[swift] ?? [])
    }
  }

  static let modules: [String: Set<String>] = [
    "Date": ["Foundation"], "Decimal": ["Foundation"], "UUID": ["Foundation"],
    "PostgresRange<Date>": ["Foundation"], "PostgresRange<Decimal>": ["Foundation"],
    "PostgresMultirange<Date>": ["Foundation"], "PostgresMultirange<Decimal>": ["Foundation"],
    "JobID": ["ArtelJobs"],
  ]

  private static let names = [
    "bool": "Bool", "bpchar": "String", "bytea": "Bytea", "citext": "String", "date": "CalendarDay",
    "daterange": "PostgresRange<CalendarDay>", "datemultirange": "PostgresMultirange<CalendarDay>",
    "float4": "Float", "float8": "Double", "int2": "Int", "int4": "Int", "int8": "Int",
    "int4range": "PostgresRange<Int32>", "int4multirange": "PostgresMultirange<Int32>",
    "int8range": "PostgresRange<Int>", "int8multirange": "PostgresMultirange<Int>",
    "interval": "PostgresInterval", "json": "JSONText", "jsonb": "JSONText", "numeric": "Decimal",
    "numrange": "PostgresRange<Decimal>", "nummultirange": "PostgresMultirange<Decimal>",
    "text": "String", "timestamptz": "Date", "tstzrange": "PostgresRange<Date>",
    "tstzmultirange": "PostgresMultirange<Date>", "varchar": "String",
  ]
}
