import ArtelPostgres
import Foundation

/// The place in a sorted list behind which a page begins.
///
/// Opaque to clients: URL-safe text that names the last row's sort values and the order it belongs
/// to. It stays valid while rows come and go.
public struct PageCursor: Hashable, Sendable, LosslessStringConvertible {
  private let bytes: [UInt8]

  /// Reads a cursor that a client sent back; nil when it is not one of ours by its form.
  public init?(_ text: String) {
    let base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard text.utf8.count <= PageCursor.lengthLimit,
      let data = Data(base64Encoded: base64 + padding),
      data.count >= 4
    else { return nil }
    bytes = Array(data)
  }

  /// The cursor as URL-safe text.
  public var description: String {
    let base64 = Data(bytes).base64EncodedData().prefix { $0 != UInt8(ascii: "=") }
    return String(
      decoding: base64.map { byte in
        switch byte {
        case UInt8(ascii: "+"): UInt8(ascii: "-")
        case UInt8(ascii: "/"): UInt8(ascii: "_")
        default: byte
        }
      },
      as: UTF8.self
    )
  }

  /// A client's cursor is at most this long; text columns in an order make long ones.
  private static let lengthLimit = 4096
}

/// The cursor belongs to another list, or was tampered with.
///
/// Routes answer it with 422.
public struct InvalidPageCursor: Error, Hashable, CustomStringConvertible {
  /// Makes the error.
  public init() {}

  /// Says so; safe to show.
  public var description: String { "The cursor does not belong to this list" }
}

extension PageCursor {
  /// The cursor behind `row`, which holds the whole row from its first column on.
  init(behind row: PostgresRow, of table: Table, by orderings: [OrderingTerm]) throws {
    var bytes = PageCursor.fingerprint(of: table, orderings)
    for ordering in orderings {
      guard let position = table.position(of: ordering.column.name) else {
        throw PostgresError.misuse("\(ordering.column.name) is no column of \(table.name)")
      }
      let value = try PageCursor.bytes(of: ordering.column.valueType, in: row, at: position)
      guard let length = UInt16(exactly: value.count) else {
        throw PostgresError.misuse("\(ordering.column.name) is too long to page by")
      }
      bytes.append(UInt8(length >> 8))
      bytes.append(UInt8(length & 0xFF))
      bytes += value
    }
    self.bytes = bytes
  }

  /// `(created_at, id) < ($1, $2)`: the rows behind the cursor; an expression and its value may stand
  /// before the others.
  func clause(
    in table: Table,
    by orderings: [OrderingTerm],
    behind first: (expression: SQL, value: SQL)? = nil
  ) throws -> Clause {
    guard bytes.starts(with: PageCursor.fingerprint(of: table, orderings)) else {
      throw InvalidPageCursor()
    }
    let names = orderings.map(\.column.name).joined(separator: ", ")
    let isDescending = orderings.first?.isDescending ?? false
    let isRow = orderings.count > 1 || first != nil
    var sql: SQL = isRow ? "(" : ""
    if let first { sql.append("\(first.expression), ") }
    sql.append(raw: names + (isRow ? ")" : "") + (isDescending ? " < " : " > "))
    if isRow { sql.append(raw: "(") }
    if let first { sql.append("\(first.value), ") }
    var rest = bytes.dropFirst(4)
    for (index, ordering) in orderings.enumerated() {
      guard rest.count >= 2 else { throw InvalidPageCursor() }
      let length = Int(rest.removeFirst()) << 8 + Int(rest.removeFirst())
      guard rest.count >= length else { throw InvalidPageCursor() }
      if index > 0 { sql.append(raw: ", ") }
      try PageCursor.append(ordering.column.valueType, from: Array(rest.prefix(length)), to: &sql)
      rest = rest.dropFirst(length)
    }
    guard rest.isEmpty else { throw InvalidPageCursor() }
    if isRow { sql.append(raw: ")") }
    return Clause(sql: sql, binding: .comparison)
  }

  private static func bytes<Value: PostgresCodable>(
    of type: Value.Type,
    in row: PostgresRow,
    at position: Int
  ) throws -> [UInt8] {
    var bytes = PostgresBytes()
    try row.decode(Value.self, at: position).encode(to: &bytes)
    return bytes.withUnsafeBytes { Array($0) }
  }

  private static func append<Value: PostgresCodable>(
    _ type: Value.Type,
    from bytes: [UInt8],
    to sql: inout SQL
  ) throws {
    let wireType = Value.postgresType == .inferred ? .text : Value.postgresType
    let value = try bytes.withUnsafeBytes { buffer in
      // What a client sends is not trusted: it must decode before it is bound.
      guard let value = try? Value(from: PostgresCell(bytes: buffer, type: wireType)) else {
        throw InvalidPageCursor()
      }
      return value
    }
    sql.append(value: value)
  }

  /// Four bytes that differ between lists (FNV-1a), so that one list's cursor is refused by others.
  private static func fingerprint(of table: Table, _ orderings: [OrderingTerm]) -> [UInt8] {
    var hash: UInt32 = 2_166_136_261
    for byte in ([table.name] + orderings.map(\.text)).joined(separator: ",").utf8 {
      hash = (hash ^ UInt32(byte)) &* 16_777_619
    }
    return withUnsafeBytes(of: hash.bigEndian) { Array($0) }
  }
}
