internal import CPostgres

/// The rows one statement returned, in the order the server sent them.
///
/// Values stay in libpq's memory and are decoded when asked for. Cost: no copy of the result.
///
/// Proof of `@unchecked Sendable`: the PGresult is never written after libpq handed it over; libpq's
/// accessors only read it, and it is freed once, when the last reference is gone.
public final class ResultRows: @unchecked Sendable {
  private let result: OpaquePointer?

  /// How many rows there are.
  public let count: Int

  /// How many columns each row has.
  public let columnCount: Int

  init(taking result: OpaquePointer?) {
    self.result = result
    count = Int(PQntuples(result))
    columnCount = Int(PQnfields(result))
  }

  deinit {
    PQclear(result)
  }

  /// How many rows the statement inserted, updated, deleted or selected.
  public var affectedCount: Int {
    guard let result, let text = PQcmdTuples(result) else { return 0 }
    return Int(String(cString: text)) ?? 0
  }

  /// The server's command tag, such as `INSERT 0 1` or `ROLLBACK`.
  var commandTag: String {
    guard let result, let text = PQcmdStatus(result) else { return "" }
    return String(cString: text)
  }

  /// Rows returned, or affected when the statement returns none.
  var rowCount: Int { columnCount > 0 ? count : affectedCount }

  /// The column names in order.
  public var columnNames: [String] {
    (0..<columnCount).map { String(cString: PQfname(result, Int32($0))) }
  }

  /// The column types in order; a domain counts as what it is over.
  var columnTypes: [PostgresType] {
    (0..<columnCount).map { PostgresType(rawValue: PQftype(result, Int32($0))) }
  }

  func index(ofColumn name: String) -> Int? {
    (0..<columnCount).first { name == String(cString: PQfname(result, Int32($0))) }
  }

  func cell(row: Int, column: Int) -> PostgresCell? {
    let row = Int32(row)
    let column = Int32(column)
    guard PQgetisnull(result, row, column) == 0 else { return nil }
    let bytes = UnsafeRawBufferPointer(
      start: PQgetvalue(result, row, column),
      count: Int(PQgetlength(result, row, column))
    )
    return PostgresCell(bytes: bytes, type: PostgresType(rawValue: PQftype(result, column)))
  }

  /// About how many bytes the result holds.
  var sizeBytes: Int {
    result.map { Int(PQresultMemorySize($0)) } ?? 0
  }
}

extension ResultRows: RandomAccessCollection {
  /// The first row; zero.
  public var startIndex: Int { 0 }

  /// One past the last row.
  public var endIndex: Int { count }

  /// The row at a position below `count`.
  public subscript(position: Int) -> PostgresRow {
    precondition(position >= 0 && position < count, "row \(position) of \(count)")
    return PostgresRow(rows: self, index: position)
  }
}

/// One row of a result.
public struct PostgresRow: Sendable {
  let rows: ResultRows
  let index: Int

  /// How many columns the row has.
  public var columnCount: Int { rows.columnCount }

  /// Reads the column at `column`, counted from zero.
  ///
  /// - Throws: ``PostgresError/Code/decoding`` when it is null, missing or of another type.
  @inlinable
  public func decode<Value: PostgresDecodable>(_ type: Value.Type = Value.self, at column: Int)
    throws -> Value
  {
    guard let cell = try cell(at: column) else {
      throw PostgresError.decoding("column \(column) is null")
    }
    return try Value(from: cell)
  }

  /// Reads the column at `column`, or nil when it is null.
  @inlinable
  public func decode<Value: PostgresDecodable>(_ type: Value?.Type = Value?.self, at column: Int)
    throws -> Value?
  {
    try cell(at: column).map { try Value(from: $0) }
  }

  /// Reads a column by name.
  ///
  /// Cost: linear in the number of columns.
  public subscript<Value: PostgresDecodable>(name: String, as type: Value.Type = Value.self)
    -> Value
  {
    get throws {
      try decode(Value.self, at: try position(of: name))
    }
  }

  /// Reads a column by name, or nil when it is null.
  ///
  /// Cost: linear in the number of columns.
  public subscript<Value: PostgresDecodable>(name: String, as type: Value?.Type = Value?.self)
    -> Value?
  {
    get throws {
      try decode(Value?.self, at: try position(of: name))
    }
  }

  private func position(of name: String) throws -> Int {
    guard let position = rows.index(ofColumn: name) else {
      throw PostgresError.decoding("no column \(name) among \(rows.columnNames)")
    }
    return position
  }

  @usableFromInline
  func cell(at column: Int) throws -> PostgresCell? {
    guard column >= 0, column < rows.columnCount else {
      throw PostgresError.decoding("no column \(column) among \(rows.columnCount)")
    }
    return rows.cell(row: index, column: column)
  }
}
