/// One non-null value of a result in PostgreSQL's binary format, valid only while its row is decoded.
public struct PostgresCell {
  /// The value's bytes.
  public let bytes: UnsafeRawBufferPointer

  /// The type the server reported.
  public let type: PostgresType

  /// Describes a value; nothing is copied.
  public init(bytes: UnsafeRawBufferPointer, type: PostgresType) {
    self.bytes = bytes
    self.type = type
  }

  /// Reads an integer in network byte order; the bounds are checked.
  @inlinable
  public func integer<Value: FixedWidthInteger>(_ type: Value.Type, at offset: Int = 0) throws
    -> Value
  {
    let end = offset + MemoryLayout<Value>.size
    guard offset >= 0, end <= bytes.count else { throw mismatch(Value.self) }
    return Value(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// The error for a value that is not what the program asked for.
  public func mismatch(_ wanted: Any.Type) -> PostgresError {
    .decoding("cannot read type \(type.rawValue) with \(bytes.count) bytes as \(wanted)")
  }
}

/// A Swift type that can be bound to a statement.
public protocol PostgresEncodable: Sendable {
  /// The type announced to the server; ``PostgresType/inferred`` for text and enumerations.
  static var postgresType: PostgresType { get }

  /// Writes the value in PostgreSQL's binary format.
  func encode(to bytes: inout PostgresBytes)
}

/// A Swift type that can be read from a result.
public protocol PostgresDecodable: Sendable {
  /// Reads the value from PostgreSQL's binary format.
  ///
  /// - Throws: ``PostgresError`` with code ``PostgresError/Code/decoding`` when type or length differ.
  init(from cell: PostgresCell) throws
}

/// A Swift type that can be bound and read.
public typealias PostgresCodable = PostgresDecodable & PostgresEncodable
