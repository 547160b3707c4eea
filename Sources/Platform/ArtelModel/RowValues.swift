public import ArtelPostgres

/// Collects the values of rows for an insert or update, column by column.
///
/// Generated rows write themselves into it: see ``TableRow/write(to:)``.
public struct RowValues {
  private enum Form {
    /// `$1, $2` for each row.
    case placeholders
    /// One array for each column.
    case arrays
  }

  private let form: Form
  private let isWanted: [Bool]?
  private var position = 0
  private var sql = SQL(raw: "")
  private var arrays: [ArrayValue] = []

  /// Appends the value of the next column.
  public mutating func append<Value: PostgresEncodable>(_ value: Value) {
    defer { position += 1 }
    guard form == .arrays else {
      if position > 0 { sql.append(raw: ", ") }
      return sql.append(value: value)
    }
    if let index = arrayIndex { arrays[index].append(value) }
  }

  /// Appends the value of the next column, or null.
  public mutating func append<Value: PostgresEncodable>(_ value: Value?) {
    if let value { return append(value) }
    defer { position += 1 }
    guard form == .arrays else {
      if position > 0 { sql.append(raw: ", ") }
      return sql.append(value: value)
    }
    if let index = arrayIndex { arrays[index].appendNull() }
  }

  private var arrayIndex: Int? {
    guard let isWanted else { return position }
    return isWanted[position] ? isWanted[..<position].count { $0 } : nil
  }

  /// Makes `($1, $2), ($3, $4)`.
  static func tuples(of rows: some Sequence<some TableRow>) -> SQL {
    var tuples = SQL(raw: "")
    for (index, row) in rows.enumerated() {
      var values = RowValues(form: .placeholders, isWanted: nil)
      row.write(to: &values)
      tuples.append(raw: index == 0 ? "(" : ", (")
      tuples.append(values.sql)
      tuples.append(raw: ")")
    }
    return tuples
  }

  /// Makes `unnest($1, $2)`, with one array for each wanted column; all writable ones when nil.
  ///
  /// Nil when a column's values cannot be elements of an array: those of array columns.
  static func unnest<Row: TableRow>(_ rows: [Row], only wanted: Set<String>? = nil) -> SQL? {
    let columns = Row.table.writable.filter { wanted?.contains($0.name) ?? true }
    guard columns.allSatisfy({ $0.valueType.postgresType.array != nil }) else { return nil }
    let isWanted = wanted.map { wanted in Row.table.writable.map { wanted.contains($0.name) } }
    var values = RowValues(form: .arrays, isWanted: isWanted)
    values.arrays = columns.map { ArrayValue(elementType: $0.valueType.postgresType) }
    for row in rows {
      values.position = 0
      row.write(to: &values)
    }
    var sql = SQL(raw: "unnest(")
    for (index, column) in columns.enumerated() {
      if index > 0 { sql.append(raw: ", ") }
      values.arrays[index].append(to: &sql)
      sql.append(raw: column.arrayCast)
    }
    sql.append(raw: ")")
    return sql
  }

  private init(form: Form, isWanted: [Bool]?) {
    self.form = form
    self.isWanted = isWanted
  }
}

/// The values of one column as a PostgreSQL array whose element type is known at run time.
private struct ArrayValue {
  private let elementType: PostgresType
  private var elements = PostgresBytes()
  private var count: Int32 = 0
  private var hasNull = false

  init(elementType: PostgresType) {
    self.elementType = elementType
  }

  mutating func append(_ value: some PostgresEncodable) {
    let start = elements.count
    elements.write(Int32(0))
    value.encode(to: &elements)
    elements.overwrite(Int32(elements.count - start - 4), at: start)
    count += 1
  }

  mutating func appendNull() {
    elements.write(Int32(-1))
    hasNull = true
    count += 1
  }

  /// Appends a placeholder bound to the array, in the layout of `array_send`.
  func append(to sql: inout SQL) {
    let element = elementType == .inferred ? PostgresType.text : elementType
    var bytes = PostgresBytes()
    bytes.write(Int32(count == 0 ? 0 : 1))
    bytes.write(Int32(hasNull ? 1 : 0))
    bytes.write(element.rawValue)
    if count > 0 {
      bytes.write(count)
      bytes.write(Int32(1))
      elements.withUnsafeBytes { bytes.append($0) }
    }
    sql.append(encoded: bytes, as: element.array ?? .inferred)
  }
}
