extension PostgresEncodable where Self: FixedWidthInteger {
  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(self)
  }
}

extension PostgresDecodable where Self: FixedWidthInteger {
  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    let value: Int64
    switch (cell.type, cell.bytes.count) {
    case (.int8, 8): value = try cell.integer(Int64.self)
    case (.int4, 4): value = Int64(try cell.integer(Int32.self))
    case (.int2, 2): value = Int64(try cell.integer(Int16.self))
    case (.oid, 4): value = Int64(try cell.integer(UInt32.self))
    default: throw cell.mismatch(Self.self)
    }
    guard let exact = Self(exactly: value) else { throw cell.mismatch(Self.self) }
    self = exact
  }
}

extension Int: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .int8 }
}

extension Int64: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .int8 }
}

extension Int32: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .int4 }
}

extension Int16: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .int2 }
}

extension Bool: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .bool }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(UInt8(self ? 1 : 0))
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .bool, cell.bytes.count == 1 else { throw cell.mismatch(Bool.self) }
    self = cell.bytes[0] != 0
  }
}

extension Double: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .float8 }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(bitPattern)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    switch (cell.type, cell.bytes.count) {
    case (.float8, 8): self.init(bitPattern: try cell.integer(UInt64.self))
    case (.float4, 4): self.init(Float(bitPattern: try cell.integer(UInt32.self)))
    default: throw cell.mismatch(Double.self)
    }
  }
}

extension Float: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .float4 }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(bitPattern)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .float4, cell.bytes.count == 4 else { throw cell.mismatch(Float.self) }
    self.init(bitPattern: try cell.integer(UInt32.self))
  }
}
