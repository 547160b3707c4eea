/// A growing buffer in network byte order.
public struct PostgresBytes: Sendable {
  private var storage: [UInt8] = []

  /// An empty buffer.
  public init() {}

  /// How many bytes were written.
  public var count: Int { storage.count }

  /// Writes an integer in network byte order.
  @inlinable
  public mutating func write(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append($0) }
  }

  /// Writes the UTF-8 bytes of a text.
  public mutating func write(_ text: String) {
    storage.append(contentsOf: text.utf8)
  }

  /// Writes raw bytes.
  public mutating func append(_ bytes: UnsafeRawBufferPointer) {
    storage.append(contentsOf: bytes)
  }

  /// Writes raw bytes.
  public mutating func append(_ bytes: some Sequence<UInt8>) {
    storage.append(contentsOf: bytes)
  }

  mutating func append(contentsOf other: PostgresBytes) {
    storage.append(contentsOf: other.storage)
  }

  /// Overwrites four bytes at `offset`, as length fields are known only after their content.
  public mutating func overwrite(_ value: Int32, at offset: Int) {
    Swift.withUnsafeBytes(of: value.bigEndian) { bytes in
      for index in 0..<4 { storage[offset + index] = bytes[index] }
    }
  }

  /// Calls `body` with the bytes written so far, valid during the call.
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows
    -> Result
  {
    try storage.withUnsafeBytes(body)
  }
}
