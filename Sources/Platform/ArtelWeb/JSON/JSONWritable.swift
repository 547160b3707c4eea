public import ArtelIdentifiers
public import FoundationEssentials

/// A value that can write itself as JSON.
///
/// It must write exactly one JSON value.
public protocol JSONWritable {
  /// Writes this value.
  func write(to json: inout JSONWriter)
}

extension String: JSONWritable {
  /// Writes the text as a JSON string.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Bool: JSONWritable {
  /// Writes `true` or `false`.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Int: JSONWritable {
  /// Writes the number.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Int32: JSONWritable {
  /// Writes the number.
  public func write(to json: inout JSONWriter) { json.value(Int(self)) }
}

extension Int64: JSONWritable {
  /// Writes the number.
  public func write(to json: inout JSONWriter) { json.value(Int(self)) }
}

extension Int16: JSONWritable {
  /// Writes the number.
  public func write(to json: inout JSONWriter) { json.value(Int(self)) }
}

extension Double: JSONWritable {
  /// Writes the number.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Date: JSONWritable {
  /// Writes RFC 3339 text in UTC with microseconds.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Identifier: JSONWritable {
  /// Writes the id as text.
  public func write(to json: inout JSONWriter) { json.value(self) }
}

extension Optional: JSONWritable where Wrapped: JSONWritable {
  /// Writes the value, or `null`.
  public func write(to json: inout JSONWriter) {
    switch self {
    case .some(let value): value.write(to: &json)
    case .none: json.null()
    }
  }
}

extension Array: JSONWritable where Element: JSONWritable {
  /// Writes a JSON array.
  public func write(to json: inout JSONWriter) { json.value(self) }
}
