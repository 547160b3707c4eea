extension Identifier: LosslessStringConvertible {
  /// The number of bytes of an id as text.
  @inlinable
  public static var textLength: Int { 36 }

  /// The lowercase hyphenated text, such as `0190163d-8694-739b-aea5-966c26f8ad91`.
  public var description: String {
    String(unsafeUninitializedCapacity: Self.textLength) { buffer in
      writeText(high, low, to: UnsafeMutableRawBufferPointer(buffer))
      return Self.textLength
    }
  }

  /// Reads the hyphenated text of a UUID in either case; nil for anything else.
  @inlinable
  public init?(_ text: some StringProtocol) {
    let halves: (high: UInt64, low: UInt64)?
    if let parsed = text.utf8.withContiguousStorageIfAvailable({ readText($0) }) {
      halves = parsed
    } else {
      var copy = String(text)
      halves = copy.withUTF8 { readText($0) }
    }
    guard let halves else { return nil }
    self.init(high: halves.high, low: halves.low)
  }

  /// Reads the hyphenated text of a UUID from its UTF-8 bytes; nil unless all 36 bytes are right.
  @inlinable
  public init?(utf8: UnsafeBufferPointer<UInt8>) {
    guard let (high, low) = readText(utf8) else { return nil }
    self.init(high: high, low: low)
  }

  /// Calls `body` with the 36 bytes of the text, which live on the stack and only during the call.
  @inlinable
  public func withUTF8Text<Result>(
    _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
  ) rethrows -> Result {
    try withUnsafeTemporaryAllocation(of: UInt8.self, capacity: Self.textLength) { buffer in
      writeText(high, low, to: UnsafeMutableRawBufferPointer(buffer))
      return try body(UnsafeBufferPointer(buffer))
    }
  }

  /// Appends the 36 bytes of the text.
  @inlinable
  public func write(hexTo bytes: inout some RangeReplaceableCollection<UInt8>) {
    withUTF8Text { bytes.append(contentsOf: $0) }
  }
}

// The work itself knows no entity: generic code is slow where the compiler cannot see its caller.

/// Writes the text of a UUID to the first 36 bytes of `buffer`, which must have room for them.
@usableFromInline
func writeText(_ high: UInt64, _ low: UInt64, to buffer: UnsafeMutableRawBufferPointer) {
  precondition(buffer.count >= 36)
  let first = hexDigits(UInt32(truncatingIfNeeded: high >> 32))
  let second = hexDigits(UInt32(truncatingIfNeeded: high))
  let third = hexDigits(UInt32(truncatingIfNeeded: low >> 32))
  let fourth = hexDigits(UInt32(truncatingIfNeeded: low))

  func store(_ value: some FixedWidthInteger & BitwiseCopyable, at offset: Int) {
    buffer.storeBytes(of: value.bigEndian, toByteOffset: offset, as: type(of: value))
  }
  store(first, at: 0)
  store(hyphen, at: 8)
  store(UInt32(truncatingIfNeeded: second >> 32), at: 9)
  store(hyphen, at: 13)
  store(UInt32(truncatingIfNeeded: second), at: 14)
  store(hyphen, at: 18)
  store(UInt32(truncatingIfNeeded: third >> 32), at: 19)
  store(hyphen, at: 23)
  store(UInt32(truncatingIfNeeded: third), at: 24)
  store(fourth, at: 28)
}

/// Reads the text of a UUID; nil unless all 36 bytes are right.
@usableFromInline
func readText(_ utf8: UnsafeBufferPointer<UInt8>) -> (high: UInt64, low: UInt64)? {
  guard utf8.count == 36,
    utf8[8] == hyphen, utf8[13] == hyphen, utf8[18] == hyphen, utf8[23] == hyphen
  else { return nil }

  var invalid: UInt64 = 0
  func value(_ range: Range<Int>) -> UInt64 {
    var result: UInt64 = 0
    for index in range {
      let nibble = hexValue(utf8[index])
      invalid |= nibble
      result = result << 4 | nibble
    }
    return result
  }
  let high = value(0..<8) << 32 | value(9..<13) << 16 | value(14..<18)
  let low = value(19..<23) << 48 | value(24..<36)
  return invalid < 16 ? (high, low) : nil
}

private let hyphen = UInt8(ascii: "-")

/// The eight hexadecimal digits of `value` as ASCII, the first digit in the most significant byte.
///
/// All eight digits are worked out at once inside one register: formatting an id is on the path of
/// every JSON answer.
@inline(__always)
private func hexDigits(_ value: UInt32) -> UInt64 {
  var nibbles = UInt64(value)
  nibbles = (nibbles | nibbles << 16) & 0x0000_FFFF_0000_FFFF
  nibbles = (nibbles | nibbles << 8) & 0x00FF_00FF_00FF_00FF
  nibbles = (nibbles | nibbles << 4) & 0x0F0F_0F0F_0F0F_0F0F
  let letters = ((nibbles &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
  // Letters start 39 places after the digit that would follow "9".
  return nibbles &+ 0x3030_3030_3030_3030 &+ letters &* 39
}

/// The value of one hexadecimal digit in either case, or a number with a bit above the lowest four.
@inline(__always)
private func hexValue(_ byte: UInt8) -> UInt64 {
  let digit = byte &- 48
  if digit < 10 { return UInt64(digit) }
  let letter = (byte | 0x20) &- 97
  return letter < 6 ? UInt64(letter) + 10 : 16
}
