public import ArtelIdentifiers
public import FoundationEssentials

/// Writes JSON text straight into bytes, without an intermediate tree.
///
/// A value writes itself through ``JSONWritable``; objects and arrays are written by closures, so
/// that commas and brackets are always balanced:
/// ```swift
/// json.object { json in
///   json.field("id", post.id)
///   json.field("created_at", post.createdAt)
/// }
/// ```
/// What is generic here is inlinable: a call for each field through witness tables costs more than
/// writing the field. Cost: amortized one copy of each byte. Source: RFC 8259.
public struct JSONWriter: Sendable {
  /// The text so far, UTF-8.
  public private(set) var bytes: [UInt8]

  private var needsComma = false

  /// Makes an empty writer with room for `capacity` bytes before it first grows; default 512.
  public init(capacity: Int = 512) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Writes an object whose fields `body` writes with `field`.
  public mutating func object(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "{"))
    body(&self)
    close(UInt8(ascii: "}"))
  }

  /// Writes an array whose elements `body` writes with `value`.
  public mutating func array(_ body: (inout JSONWriter) -> Void) {
    open(UInt8(ascii: "["))
    body(&self)
    close(UInt8(ascii: "]"))
  }

  /// Writes the name of a field; exactly one value must follow.
  ///
  /// - Parameter name: snake_case by convention; it is not escaped, so it must need no escaping.
  public mutating func name(_ name: StaticString) {
    let mark: StaticString = needsComma ? ",\"" : "\""
    mark.withUTF8Buffer { bytes.append(contentsOf: $0) }
    name.withUTF8Buffer { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a field whose name is known only at run time; the name is escaped.
  public mutating func field(named name: String, _ value: some JSONWritable) {
    separate()
    writeEscaped(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
    value.write(to: &self)
  }

  /// Writes a field of an object.
  @inlinable
  public mutating func field(_ name: StaticString, _ value: some JSONWritable) {
    self.name(name)
    value.write(to: &self)
  }

  /// Writes a field, or `null` when there is no value.
  @inlinable
  public mutating func field(_ name: StaticString, _ value: (some JSONWritable)?) {
    self.name(name)
    if let value {
      value.write(to: &self)
    } else {
      null()
    }
  }

  /// Writes a field that holds an array.
  @inlinable
  public mutating func field<Element: JSONWritable>(_ name: StaticString, _ values: [Element]) {
    self.name(name)
    value(values)
  }

  /// Writes an array of values.
  @inlinable
  public mutating func value<Element: JSONWritable>(_ values: [Element]) {
    array { json in
      for (index, value) in values.enumerated() {
        let start = json.bytes.count
        value.write(to: &json)
        // Elements are alike: room for all of them at once instead of growing again and again.
        if index == 0 { json.reserve((json.bytes.count - start) * (values.count + 1)) }
      }
    }
  }

  @usableFromInline
  mutating func reserve(_ count: Int) {
    bytes.reserveCapacity(bytes.count + count)
  }

  /// Writes any value.
  @inlinable
  public mutating func value(_ value: some JSONWritable) {
    value.write(to: &self)
  }

  /// Writes `null`.
  public mutating func null() {
    literal("null")
  }

  /// Writes a string, escaped.
  public mutating func value(_ text: String) {
    separate()
    writeEscaped(text)
  }

  /// Writes `true` or `false`.
  public mutating func value(_ flag: Bool) {
    literal(flag ? "true" : "false")
  }

  /// Writes an integer.
  public mutating func value(_ number: Int) {
    separate()
    writeDecimal(number, to: &bytes)
  }

  /// Writes a number in the shortest form that reads back as the same; `null` when it is not
  /// finite.
  public mutating func value(_ number: Double) {
    guard number.isFinite else { return null() }
    separate()
    bytes.append(contentsOf: number.description.utf8)
  }

  /// Writes an id as its text.
  public mutating func value<Entity>(_ id: Identifier<Entity>) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    id.withUTF8Text { bytes.append(contentsOf: $0) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes a date as RFC 3339 text in UTC with microseconds, such as
  /// `2026-11-21T04:05:14.123456Z`.
  public mutating func value(_ date: Date) {
    separate()
    bytes.append(UInt8(ascii: "\""))
    Timestamp(date).write(to: &bytes)
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func literal(_ text: StaticString) {
    separate()
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  @inline(__always)
  private mutating func separate() {
    if needsComma {
      bytes.append(UInt8(ascii: ","))
    }
    needsComma = true
  }

  @inline(__always)
  private mutating func open(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
    needsComma = false
  }

  @inline(__always)
  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func writeEscaped(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { utf8 in
      var start = 0
      var index = 0
      while index < utf8.count {
        // Most texts need no escape, and eight bytes are looked at for the price of one.
        if index + 8 <= utf8.count, !anyNeedsEscape(eightBytes(of: utf8, at: index)) {
          index += 8
          continue
        }
        defer { index += 1 }
        guard needsEscape(utf8[index]) else { continue }
        bytes.append(contentsOf: utf8[start..<index])
        writeEscape(utf8[index])
        start = index + 1
      }
      bytes.append(contentsOf: utf8[start...])
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func writeEscape(_ byte: UInt8) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
    default:
      bytes.append(contentsOf: [UInt8(ascii: "u"), UInt8(ascii: "0"), UInt8(ascii: "0")])
      bytes.append(hexDigit(byte >> 4))
      bytes.append(hexDigit(byte & 15))
    }
  }
}

@inline(__always)
private func eightBytes(of utf8: UnsafeBufferPointer<UInt8>, at index: Int) -> UInt64 {
  UnsafeRawBufferPointer(utf8).loadUnaligned(fromByteOffset: index, as: UInt64.self)
}

/// Whether one of eight bytes needs an escape.
///
/// Source: Bit Twiddling Hacks, "Determine if a word has a zero byte" and "… a byte less than n".
@inline(__always)
private func anyNeedsEscape(_ word: UInt64) -> Bool {
  let ones: UInt64 = 0x0101_0101_0101_0101
  let tops: UInt64 = 0x8080_8080_8080_8080
  let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
  let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
  let controls = (word &- ones &* 0x20) & ~word
  return (controls | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes) & tops != 0
}

@inline(__always)
private func needsEscape(_ byte: UInt8) -> Bool {
  byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
}

func hexDigit(_ nibble: UInt8) -> UInt8 {
  nibble < 10 ? 48 + nibble : 87 + nibble
}

/// Appends the decimal digits of `number`.
func writeDecimal(_ number: Int, to bytes: inout [UInt8]) {
  if number < 0 { bytes.append(UInt8(ascii: "-")) }
  var rest = number.magnitude
  withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
    var start = 20
    repeat {
      start -= 1
      let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
      digits.initializeElement(at: start, to: 48 + UInt8(truncatingIfNeeded: digit))
      rest = quotient
    } while rest > 0
    bytes.append(contentsOf: UnsafeBufferPointer(rebasing: digits[start..<20]))
  }
}
