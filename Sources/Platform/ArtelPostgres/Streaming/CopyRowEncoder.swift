/// Writes rows in COPY's binary format (PostgreSQL manual, COPY, Binary Format).
struct CopyRowEncoder {
  /// The signature, no flags, no header extension.
  static let header: [UInt8] =
    Array("PGCOPY\n".utf8) + [0xff, 0x0d, 0x0a, 0x00] + [UInt8](repeating: 0, count: 8)

  static let trailer: [UInt8] = [0xff, 0xff]

  let names: [String]
  let types: [PostgresType]

  /// One row with each value in its column's width.
  func encode(_ row: ParameterList) throws -> [UInt8] {
    guard row.count == types.count else {
      throw PostgresError.misuse("a row has \(row.count) values for \(types.count) columns")
    }
    var output = PostgresBytes()
    output.write(Int16(row.count))
    try row.bytes.withUnsafeBytes { bytes in
      var offset = 0
      for index in 0..<row.count {
        let length = Int(row.lengths[index])
        guard length >= 0 else {
          output.write(Int32(-1))
          continue
        }
        let value = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
        try write(PostgresCell(bytes: value, type: row.types[index]), column: index, to: &output)
        offset += length
      }
    }
    return output.withUnsafeBytes { Array($0) }
  }

  private func write(_ value: PostgresCell, column: Int, to output: inout PostgresBytes) throws {
    let start = output.count
    output.write(Int32(0))
    switch (value.type, types[column]) {
    case (let given, let wanted) where given == wanted: output.append(value.bytes)
    case (.int8, .int4), (.int8, .int2), (.int4, .int8), (.int4, .int2), (.int2, .int4),
      (.int2, .int8):
      try writeInteger(value, column: column, to: &output)
    case (.float8, .float4): Float(try Double(from: value)).encode(to: &output)
    case (.float4, .float8): try Double(from: value).encode(to: &output)
    // What has no type of its own is text, whose bytes texts, enums and domains over them take.
    case (.inferred, let wanted) where !wanted.isFixedLayout: output.append(value.bytes)
    default: throw misfit(value, column)
    }
    output.overwrite(Int32(output.count - start - 4), at: start)
  }

  private func writeInteger(_ value: PostgresCell, column: Int, to output: inout PostgresBytes)
    throws
  {
    let integer = try Int64(from: value)
    switch types[column] {
    case .int2:
      guard let narrow = Int16(exactly: integer) else { throw misfit(value, column) }
      output.write(narrow)
    case .int4:
      guard let narrow = Int32(exactly: integer) else { throw misfit(value, column) }
      output.write(narrow)
    default: output.write(integer)
    }
  }

  private func misfit(_ value: PostgresCell, _ column: Int) -> PostgresError {
    .misuse(
      "a value of type \(value.type.rawValue) does not fit column \(names[column]) of type \(types[column].rawValue)"
    )
  }
}
