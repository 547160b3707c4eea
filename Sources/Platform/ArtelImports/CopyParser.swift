import ArtelPostgres

/// Reads rows out of COPY's binary format, in whichever pieces they come.
///
/// Source: PostgreSQL manual, COPY, Binary Format.
struct CopyParser {
  private static let signature: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00]

  private var bytes: [UInt8] = []
  private var position = 0
  private var hasHeader = false
  private var isOver = false

  mutating func append(_ piece: [UInt8]) {
    if position > 0 {
      bytes.removeFirst(position)
      position = 0
    }
    bytes += piece
  }

  /// The next row; nil while it has not come as a whole, and after the last.
  ///
  /// - Throws: `PostgresError` of the code `decoding`.
  mutating func next() throws -> ForeignRow? {
    guard try readHeader(), !isOver else { return nil }
    let start = position
    guard let count = integer(2) else { return nil }
    guard count >= 0 else {
      isOver = true
      return nil
    }
    var columns: [String?] = []
    for _ in 0..<count {
      guard let length = integer(4) else { return wait(at: start) }
      guard length >= 0 else {
        columns.append(nil)
        continue
      }
      guard bytes.count - position >= length else { return wait(at: start) }
      columns.append(String(decoding: bytes[position..<position + length], as: UTF8.self))
      position += length
    }
    return ForeignRow(columns)
  }

  private mutating func wait(at start: Int) -> ForeignRow? {
    position = start
    return nil
  }

  private mutating func readHeader() throws -> Bool {
    if hasHeader { return true }
    guard bytes.count - position >= Self.signature.count + 8 else { return false }
    guard bytes[position...].starts(with: Self.signature) else {
      throw PostgresError.decoding("this is no binary COPY")
    }
    let start = position
    position += Self.signature.count + 4
    guard let length = integer(4), bytes.count - position >= length else {
      position = start
      return false
    }
    position += length
    hasHeader = true
    return true
  }

  /// A signed big-endian number of 2 or 4 bytes.
  private mutating func integer(_ width: Int) -> Int? {
    guard bytes.count - position >= width else { return nil }
    let value = bytes[position..<position + width].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    position += width
    return width == 2
      ? Int(Int16(bitPattern: UInt16(truncatingIfNeeded: value))) : Int(Int32(bitPattern: value))
  }
}
