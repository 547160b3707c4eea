extension JSONValue {
  /// Parses a whole JSON text.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8; a byte order mark is refused.
  ///   - maximumDepth: Most levels of nested arrays and objects; default 32.
  /// - Throws: ``JSONError`` at the first byte that is wrong.
  public init(parsing bytes: some Sequence<UInt8>, maximumDepth: Int = 32) throws(JSONError) {
    var parser = JSONParser(bytes: Array(bytes), depthLeft: maximumDepth)
    self = try parser.parseDocument()
  }
}

/// A recursive parser of limited depth over bytes.
///
/// Source: RFC 8259.
private struct JSONParser {
  let bytes: [UInt8]
  var depthLeft: Int
  var position = 0

  mutating func parseDocument() throws(JSONError) -> JSONValue {
    let value = try parseValue()
    skipSpace()
    guard position == bytes.count else { throw error("Text after the end of the value") }
    return value
  }

  private mutating func parseValue() throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = current else { throw error("Unexpected end") }
    switch byte {
    case UInt8(ascii: "{"):
      return try nested { parser throws(JSONError) in try parser.parseObject() }
    case UInt8(ascii: "["):
      return try nested { parser throws(JSONError) in try parser.parseArray() }
    case UInt8(ascii: "\""): return .string(try parseString())
    case UInt8(ascii: "t"):
      try expect("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try expect("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try expect("null")
      return .null
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try parseNumber()
    default: throw error("Unexpected character")
    }
  }

  private mutating func nested(
    _ parse: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    guard depthLeft > 0 else { throw error("Nested too deeply") }
    depthLeft -= 1
    let value = try parse(&self)
    depthLeft += 1
    return value
  }

  private mutating func parseObject() throws(JSONError) -> JSONValue {
    position += 1
    var members: [String: JSONValue] = [:]
    skipSpace()
    if skip(UInt8(ascii: "}")) { return .object(members) }
    repeat {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw error("Expected a name") }
      let name = try parseString()
      skipSpace()
      guard skip(UInt8(ascii: ":")) else { throw error("Expected a colon") }
      members[name] = try parseValue()
      skipSpace()
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "}")) else { throw error("Expected a comma or a brace") }
    return .object(members)
  }

  private mutating func parseArray() throws(JSONError) -> JSONValue {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if skip(UInt8(ascii: "]")) { return .array(elements) }
    repeat {
      elements.append(try parseValue())
      skipSpace()
    } while skip(UInt8(ascii: ","))
    guard skip(UInt8(ascii: "]")) else { throw error("Expected a comma or a bracket") }
    return .array(elements)
  }

  private mutating func parseString() throws(JSONError) -> String {
    position += 1
    let start = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    var text = Array(bytes[start..<position])
    while true {
      guard let byte = current else { throw error("Unterminated string") }
      position += 1
      if byte == UInt8(ascii: "\"") { break }
      if byte == UInt8(ascii: "\\") {
        text.append(contentsOf: try parseEscape())
      } else if byte < 0x20 {
        position -= 1
        throw error("Control character in a string")
      } else {
        text.append(byte)
      }
    }
    guard let string = String(validating: text, as: UTF8.self) else {
      throw JSONError(byteOffset: start, reason: "Invalid UTF-8")
    }
    return string
  }

  private mutating func parseEscape() throws(JSONError) -> [UInt8] {
    guard let byte = current else { throw error("Unterminated string") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
    case UInt8(ascii: "b"): return [8]
    case UInt8(ascii: "f"): return [12]
    case UInt8(ascii: "n"): return [10]
    case UInt8(ascii: "r"): return [13]
    case UInt8(ascii: "t"): return [9]
    case UInt8(ascii: "u"): return Array(Character(try parseUnicodeEscape()).utf8)
    default:
      position -= 1
      throw error("Unknown escape")
    }
  }

  private mutating func parseUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
    var code = try parseFourHexDigits()
    if (0xD800..<0xDC00).contains(code) {
      guard skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) else { throw error("Lone surrogate") }
      let low = try parseFourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw error("Lone surrogate") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("Lone surrogate") }
    return scalar
  }

  private mutating func parseFourHexDigits() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = hexValue(byte) else {
        throw error("Expected a hexadecimal digit")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private mutating func parseNumber() throws(JSONError) -> JSONValue {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) {
      guard skipDigits() else { throw error("Expected a digit") }
    }
    var isInteger = true
    if skip(UInt8(ascii: ".")) {
      isInteger = false
      guard skipDigits() else { throw error("Expected a digit") }
    }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      isInteger = false
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      guard skipDigits() else { throw error("Expected a digit") }
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let double = Double(text), double.isFinite else {
      throw JSONError(byteOffset: start, reason: "Number out of range")
    }
    return .double(double)
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard current == byte else { return false }
    position += 1
    return true
  }

  private mutating func skipDigits() -> Bool {
    let start = position
    while let byte = current, (48...57).contains(byte) { position += 1 }
    return position > start
  }

  private mutating func skipSpace() {
    while let byte = current, byte == 0x20 || (9...10).contains(byte) || byte == 13 {
      position += 1
    }
  }

  private mutating func expect(_ word: StaticString) throws(JSONError) {
    let matches = word.withUTF8Buffer { bytes[position...].starts(with: $0) }
    guard matches else { throw error("Unexpected character") }
    position += word.utf8CodeUnitCount
  }

  private func error(_ reason: String) -> JSONError {
    JSONError(byteOffset: position, reason: reason)
  }
}

/// The value of a hexadecimal digit in either case.
func hexValue(_ byte: UInt8) -> UInt8? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - 48
  case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - 87
  case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - 55
  default: nil
  }
}
