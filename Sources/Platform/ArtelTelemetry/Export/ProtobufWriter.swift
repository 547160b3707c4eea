/// Writes messages in the wire format of protocol buffers; as much of it as traces need.
///
/// Source: Protocol Buffers, encoding.
struct ProtobufWriter {
  private(set) var bytes: [UInt8] = []

  mutating func varint(_ field: Int, _ value: Int) {
    guard value != 0 else { return }
    tag(field, 0)
    append(UInt64(bitPattern: Int64(value)))
  }

  /// The same for a value of a `oneof`, which is written also when it is 0.
  mutating func number(_ field: Int, _ value: Int) {
    tag(field, 0)
    append(UInt64(bitPattern: Int64(value)))
  }

  mutating func fixed64(_ field: Int, _ value: UInt64) {
    tag(field, 1)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func fixed32(_ field: Int, _ value: UInt32) {
    tag(field, 5)
    withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func text(_ field: Int, _ value: String) {
    tag(field, 2)
    append(UInt64(value.utf8.count))
    bytes.append(contentsOf: value.utf8)
  }

  /// Numbers one after the other, most significant byte first, as one value of bytes.
  mutating func bigEndian(_ field: Int, _ values: UInt64...) {
    tag(field, 2)
    append(UInt64(values.count * 8))
    for value in values {
      withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }
  }

  mutating func message(_ field: Int, _ write: (inout ProtobufWriter) -> Void) {
    var inner = ProtobufWriter()
    write(&inner)
    tag(field, 2)
    append(UInt64(inner.bytes.count))
    bytes.append(contentsOf: inner.bytes)
  }

  private mutating func tag(_ field: Int, _ wireType: UInt64) {
    append(UInt64(field) << 3 | wireType)
  }

  private mutating func append(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
