import ArtelIdentifiers

/// Turns sent values into the types of fields.
///
/// Typed sources (JSON) must have sent the type itself; from others a text is converted.
enum FieldValue {
  static func text(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> String {
    guard case .string(let raw) = value else { throw FieldError(field.name, .type) }
    let text = try field.accept(raw, isTyped: isTyped)
    let admitsEmpty = field.minimumLength == 0 || field.defaultValue != nil
    guard !text.isEmpty || admitsEmpty else { throw FieldError(field.name, .required) }
    return text
  }

  /// A text of an optional field; one that is empty after trimming is not checked further.
  static func textOrEmpty(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> String {
    guard case .string(let raw) = value else { throw FieldError(field.name, .type) }
    if field.isTrimmed, raw.allSatisfy(\.isWhitespace) { return "" }
    return try field.accept(raw, isTyped: isTyped)
  }

  static func integer(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> Int {
    let number: Int? =
      switch value {
      case .integer(let number): number
      case .double(let number): Int(exactly: number)
      case .string(let text) where !isTyped: Int(text)
      default: nil
      }
    guard let number else { throw FieldError(field.name, .type) }
    if let range = field.range, !range.contains(number) {
      throw rangeError(field.name, range)
    }
    return number
  }

  private static func rangeError(_ name: String, _ range: ClosedRange<Int>) -> FieldError {
    switch (range.lowerBound, range.upperBound) {
    case (let lowest, Int.max):
      FieldError(name, .range, messageKey: "minimum", parameters: ["min": lowest])
    case (Int.min, let highest):
      FieldError(name, .range, messageKey: "maximum", parameters: ["max": highest])
    case (let lowest, let highest):
      FieldError(name, .range, parameters: ["min": lowest, "max": highest])
    }
  }

  static func boolean(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> Bool {
    switch value {
    case .bool(let flag): return flag
    case .string("true"), .string("on"), .string("1"):
      if !isTyped { return true }
    case .string("false"), .string("off"), .string("0"):
      if !isTyped { return false }
    default: break
    }
    throw FieldError(field.name, .type)
  }

  static func choice<Choice: RawRepresentable>(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> Choice where Choice.RawValue == String {
    guard case .string(let word) = value else { throw FieldError(field.name, .type) }
    guard let choice = Choice(rawValue: word) else { throw FieldError(field.name, .choice) }
    return choice
  }

  static func id<Entity>(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ isTyped: Bool
  ) throws(FieldError) -> Identifier<Entity> {
    guard case .string(let text) = value, let id = Identifier<Entity>(text) else {
      throw FieldError(field.name, .type)
    }
    return id
  }

  static func texts(_ value: JSONValue?, _ field: FieldDescription) throws(FieldError) -> [String] {
    let values: [JSONValue]
    switch value {
    case nil: values = []
    case .array(let elements): values = elements
    default: throw FieldError(field.name, .type)
    }
    var texts: [String] = []
    for value in values {
      guard case .string(let raw) = value else { throw FieldError(field.name, .type) }
      texts.append(try field.accept(raw))
    }
    if let count = field.count, !count.contains(texts.count) {
      guard texts.count > 0 || count.lowerBound == 0 else {
        throw FieldError(field.name, .required)
      }
      throw rangeError(field.name, count)
    }
    return texts
  }
}
