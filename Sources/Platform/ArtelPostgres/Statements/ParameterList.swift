/// The bound values of one statement, encoded in PostgreSQL's binary format into one buffer.
public struct ParameterList: Sendable {
  /// The type of each parameter; zero lets the server infer it.
  public private(set) var types: [PostgresType] = []

  /// The length of each value in bytes; -1 for null.
  private(set) var lengths: [Int32] = []

  private(set) var bytes = PostgresBytes()

  /// An empty list.
  public init() {}

  /// The values in order.
  public init<each Value: PostgresEncodable>(_ values: repeat each Value) {
    repeat append(each values)
  }

  /// How many values are bound.
  public var count: Int { types.count }

  /// Appends one value.
  public mutating func append<Value: PostgresEncodable>(_ value: Value) {
    let start = bytes.count
    value.encode(to: &bytes)
    types.append(Value.postgresType)
    lengths.append(Int32(bytes.count - start))
  }

  /// Appends one value, or null.
  public mutating func append<Value: PostgresEncodable>(_ value: Value?) {
    if let value {
      append(value)
    } else {
      appendNull(of: Value.postgresType)
    }
  }

  /// Appends a null of the given type.
  public mutating func appendNull(of type: PostgresType) {
    types.append(type)
    lengths.append(-1)
  }

  /// Appends a value that is already in binary form, of a type known only at run time.
  public mutating func append(encoded value: PostgresBytes, as type: PostgresType) {
    bytes.append(contentsOf: value)
    types.append(type)
    lengths.append(Int32(value.count))
  }

  /// Appends all values of another list.
  public mutating func append(contentsOf other: ParameterList) {
    types.append(contentsOf: other.types)
    lengths.append(contentsOf: other.lengths)
    bytes.append(contentsOf: other.bytes)
  }

  /// Calls `body` with the arrays that libpq's send functions take, valid during the call.
  func withPointers<Result>(
    _ body: (
      _ count: Int32, _ values: UnsafePointer<UnsafePointer<CChar>?>?,
      _ lengths: UnsafePointer<Int32>?,
      _ formats: UnsafePointer<Int32>?
    ) throws -> Result
  ) rethrows -> Result {
    let count = types.count
    guard count > 0 else { return try body(0, nil, nil, nil) }
    return try bytes.withUnsafeBytes { buffer in
      try withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
        try withUnsafeTemporaryAllocation(of: Int32.self, capacity: count) { formats in
          var offset = 0
          for index in 0..<count {
            formats[index] = 1
            if lengths[index] < 0 {
              values.initializeElement(at: index, to: nil)
            } else {
              values.initializeElement(at: index, to: pointer(in: buffer, at: offset))
              offset += Int(lengths[index])
            }
          }
          return try lengths.withUnsafeBufferPointer { lengths in
            try body(
              Int32(count),
              UnsafePointer(values.baseAddress),
              lengths.baseAddress,
              UnsafePointer(formats.baseAddress)
            )
          }
        }
      }
    }
  }

  // libpq reads a nil pointer as null, so an empty value needs an address too.
  private func pointer(in buffer: UnsafeRawBufferPointer, at offset: Int) -> UnsafePointer<CChar>? {
    guard let base = buffer.baseAddress else { return ParameterList.emptyValue }
    return (base + offset).assumingMemoryBound(to: CChar.self)
  }

  /// Proof of `nonisolated(unsafe)`: one byte, written before any thread sees it and immutable from then on.
  nonisolated(unsafe) private static let emptyValue: UnsafePointer<CChar>? = {
    let byte = UnsafeMutablePointer<CChar>.allocate(capacity: 1)
    byte.initialize(to: 0)
    return UnsafePointer(byte)
  }()
}
