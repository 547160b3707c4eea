/// What was parsed is parsed again from its own text, and is no deeper than allowed.
func fuzzJSON(_ bytes: [UInt8]) {
  let value: JSONValue
  do throws(JSONError) {
    value = try JSONValue(parsing: bytes, maximumDepth: 8)
  } catch {
    expect((0...bytes.count).contains(error.byteOffset), "An error is outside of the text.")
    return
  }
  expect(depth(of: value) <= 8, "It is too deep.")
  let text = text(of: value)
  expect((try? JSONValue(parsing: Array(text.utf8))) == value, "\(text) is read otherwise.")
}

private func depth(of value: JSONValue) -> Int {
  switch value {
  case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
  case .object(let members): 1 + (members.values.map(depth).max() ?? 0)
  default: 0
  }
}

private func text(of value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .bool(let flag): "\(flag)"
  case .integer(let number): "\(number)"
  case .double(let number): "\(number)"
  case .string(let text): quoted(text)
  case .array(let elements): "[" + elements.map(text).joined(separator: ",") + "]"
  case .object(let members):
    "{" + members.map { quoted($0) + ":" + text(of: $1) }.joined(separator: ",") + "}"
  }
}

/// Escapes everything but letters and digits, so that both ways of writing a character are tried.
private func quoted(_ text: String) -> String {
  var quoted = "\""
  for unit in text.utf16 {
    let scalar = Unicode.Scalar(unit)
    if let scalar, scalar.isASCII, scalar.properties.isAlphabetic {
      quoted.unicodeScalars.append(scalar)
    } else {
      let digits = String(unit, radix: 16)
      quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }
  return quoted + "\""
}
