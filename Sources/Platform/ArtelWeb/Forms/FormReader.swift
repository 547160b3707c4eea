public import ArtelIdentifiers

/// Reads the fields of a form, checks each, and keeps what is wrong with any of them.
///
/// A method returns a stand-in when its field is wrong (an empty text, the lowest number, the first
/// choice); no caller gets to see such a form. Dates, uploads and nested objects are no form
/// fields.
public struct FormReader {
  private let source: FormSource?

  /// What is wrong so far, at most one error per field.
  public private(set) var errors: [FieldError] = []

  /// What was read so far.
  public private(set) var fields: [FieldDescription] = []

  /// Reads from what a request sent.
  public init(_ source: FormSource) {
    self.source = source
  }

  private init() {
    source = nil
  }

  /// A reader that finds no errors and only notes what is read.
  static func recording() -> FormReader {
    FormReader()
  }

  /// Refuses a field for a reason that involves other fields; ignored when the field is wrong
  /// already.
  public mutating func refuse(
    _ name: String,
    _ code: FieldError.Code,
    messageKey: String? = nil,
    parameters: [String: Int] = [:]
  ) {
    refuse(FieldError(name, code, messageKey: messageKey, parameters: parameters))
  }

  /// Whether every field read so far is right.
  public var isValid: Bool { errors.isEmpty }

  private mutating func refuse(_ error: FieldError) {
    guard source != nil, !errors.contains(where: { $0.field == error.field }) else { return }
    errors.append(error)
  }

  /// What was sent for a field, with "no value" told from "absent".
  private enum Sent {
    case absent
    case empty
    case value(JSONValue)
  }

  /// Notes the field and finds what was sent for it; `absent` when recording.
  private mutating func sent(_ field: FieldDescription) -> Sent {
    fields.append(field)
    guard let source, let value = source.value(field.name) else { return .absent }
    switch value {
    case .null: return .empty
    case .string(let text) where text.isEmpty:
      let isNothing = field.kind == .text || !(source.isTyped || source.isQuery)
      return isNothing ? .empty : .value(value)
    default: return .value(value)
    }
  }

  /// Reads a field that has a value, a default, or an error.
  private mutating func required<Value>(
    _ description: FieldDescription,
    default defaultValue: Value?,
    standIn: Value,
    convert: (JSONValue, FieldDescription, Bool) throws(FieldError) -> Value
  ) -> Value {
    var field = description
    field.isRequired = defaultValue == nil
    switch sent(field) {
    case .absent:
      if let defaultValue { return defaultValue }
      refuse(FieldError(field.name, .required))
      return standIn
    case .empty:
      let isNull = source?.value(field.name) == .null
      if !isNull, field.kind == .text, field.minimumLength == 0 || defaultValue != nil {
        return converted(.string(""), field, convert) ?? standIn
      }
      if let defaultValue, source?.isTyped == false { return defaultValue }
      refuse(FieldError(field.name, .required))
      return standIn
    case .value(let value): return converted(value, field, convert) ?? standIn
    }
  }

  /// Reads a field that may have no value.
  private mutating func optional<Value>(
    _ description: FieldDescription,
    convert: (JSONValue, FieldDescription, Bool) throws(FieldError) -> Value
  ) -> Value? {
    var field = description
    field.isRequired = false
    field.isNullable = true
    guard case .value(let value) = sent(field) else { return nil }
    return converted(value, field, convert)
  }

  /// Reads a field of a partial update.
  private mutating func change<Value>(
    _ description: FieldDescription,
    standIn: Value,
    convert: (JSONValue, FieldDescription, Bool) throws(FieldError) -> Value
  ) -> Change<Value> {
    var field = description
    field.isRequired = false
    switch sent(field) {
    case .absent: return .unchanged
    case .empty
    where field.kind == .text && field.minimumLength == 0 && source?.value(field.name) != .null:
      return .set(converted(.string(""), field, convert) ?? standIn)
    case .empty:
      refuse(FieldError(field.name, .required))
      return .unchanged
    case .value(let value): return .set(converted(value, field, convert) ?? standIn)
    }
  }

  private mutating func optionalChange<Value>(
    _ description: FieldDescription,
    convert: (JSONValue, FieldDescription, Bool) throws(FieldError) -> Value
  ) -> Change<Value?> {
    var field = description
    field.isRequired = false
    field.isNullable = true
    switch sent(field) {
    case .absent: return .unchanged
    case .empty: return .set(nil)
    case .value(let value): return .set(converted(value, field, convert))
    }
  }

  private mutating func converted<Value>(
    _ value: JSONValue,
    _ field: FieldDescription,
    _ convert: (JSONValue, FieldDescription, Bool) throws(FieldError) -> Value
  ) -> Value? {
    do throws(FieldError) {
      return try convert(value, field, source?.isTyped ?? true)
    } catch {
      refuse(error)
      return nil
    }
  }
}

extension FormReader {
  /// Reads a text that must be there, or has a default for when it is absent.
  ///
  /// An empty text counts as absent unless the length admits 0 or there is a default.
  public mutating func string(
    _ name: String,
    _ rules: TextRule...,
    default defaultValue: String? = nil
  ) -> String {
    var field = FieldDescription(name, .text, rules)
    field.defaultValue = defaultValue.map(JSONValue.string)
    return required(field, default: defaultValue, standIn: "", convert: FieldValue.text)
  }

  /// Reads a text that may be absent, null or empty, which all mean nil.
  public mutating func optionalString(_ name: String, _ rules: TextRule...) -> String? {
    let text = optional(FieldDescription(name, .text, rules), convert: FieldValue.textOrEmpty)
    return text?.isEmpty == true ? nil : text
  }

  /// Reads a text of a partial update; null is refused.
  public mutating func stringChange(_ name: String, _ rules: TextRule...) -> Change<String> {
    change(FieldDescription(name, .text, rules), standIn: "", convert: FieldValue.text)
  }

  /// Reads a text of a partial update that null or an empty text removes.
  public mutating func optionalStringChange(_ name: String, _ rules: TextRule...) -> Change<String?>
  {
    let change = optionalChange(
      FieldDescription(name, .text, rules),
      convert: FieldValue.textOrEmpty
    )
    return change == .set("") ? .set(nil) : change
  }

  /// Reads a whole number within a range.
  public mutating func integer(
    _ name: String,
    in range: ClosedRange<Int> = Int.min...Int.max,
    default defaultValue: Int? = nil
  ) -> Int {
    var field = FieldDescription(name, .integer)
    field.range = range
    field.defaultValue = defaultValue.map(JSONValue.integer)
    return required(
      field,
      default: defaultValue,
      standIn: range.lowerBound,
      convert: FieldValue.integer
    )
  }

  /// Reads a whole number that may be absent.
  public mutating func optionalInteger(
    _ name: String,
    in range: ClosedRange<Int> = Int.min...Int.max
  ) -> Int? {
    var field = FieldDescription(name, .integer)
    field.range = range
    return optional(field, convert: FieldValue.integer)
  }

  /// Reads a whole number of a partial update; null is refused.
  public mutating func integerChange(
    _ name: String,
    in range: ClosedRange<Int> = Int.min...Int.max
  ) -> Change<Int> {
    var field = FieldDescription(name, .integer)
    field.range = range
    return change(field, standIn: range.lowerBound, convert: FieldValue.integer)
  }

  /// Reads true or false; pages send `true`, `on` or `1`, and `false`, `off` or `0`.
  public mutating func boolean(_ name: String, default defaultValue: Bool? = nil) -> Bool {
    var field = FieldDescription(name, .boolean)
    field.defaultValue = defaultValue.map(JSONValue.bool)
    return required(field, default: defaultValue, standIn: false, convert: FieldValue.boolean)
  }

  /// Reads true or false of a partial update; null is refused.
  public mutating func booleanChange(_ name: String) -> Change<Bool> {
    change(FieldDescription(name, .boolean), standIn: false, convert: FieldValue.boolean)
  }

  /// Reads one of the words of an enum.
  public mutating func choice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String,
    as type: Choice.Type = Choice.self,
    default defaultValue: Choice? = nil
  ) -> Choice where Choice.RawValue == String {
    var field = FieldDescription(name, .choice(type.allCases.map(\.rawValue)))
    field.defaultValue = (defaultValue?.rawValue).map(JSONValue.string)
    guard let standIn = defaultValue ?? type.allCases.first else {
      preconditionFailure("\(type) has no cases.")
    }
    return required(field, default: defaultValue, standIn: standIn, convert: FieldValue.choice)
  }

  /// Reads one of the words of an enum, or nil.
  public mutating func optionalChoice<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String,
    as type: Choice.Type = Choice.self
  ) -> Choice? where Choice.RawValue == String {
    let words = type.allCases.map(\.rawValue)
    return optional(FieldDescription(name, .choice(words)), convert: FieldValue.choice)
  }

  /// Reads one of the words of an enum of a partial update; null is refused.
  public mutating func choiceChange<Choice: RawRepresentable & CaseIterable & Sendable>(
    _ name: String,
    as type: Choice.Type = Choice.self
  ) -> Change<Choice> where Choice.RawValue == String {
    let words = type.allCases.map(\.rawValue)
    guard let standIn = type.allCases.first else { preconditionFailure("\(type) has no cases.") }
    return change(
      FieldDescription(name, .choice(words)),
      standIn: standIn,
      convert: FieldValue.choice
    )
  }

  /// Reads an id.
  public mutating func id<Entity>(
    _ name: String,
    as type: Identifier<Entity>.Type
  ) -> Identifier<Entity> {
    required(
      FieldDescription(name, .id),
      default: nil,
      standIn: Identifier(high: 0, low: 0),
      convert: FieldValue.id
    )
  }

  /// Reads an id that may be absent.
  public mutating func optionalID<Entity>(
    _ name: String,
    as type: Identifier<Entity>.Type
  ) -> Identifier<Entity>? {
    optional(FieldDescription(name, .id), convert: FieldValue.id)
  }

  /// Reads several texts: a JSON array, or a field that occurs more than once; absent means none.
  ///
  /// With a separator a page's input holds several of them, and white space around each and empty ones
  /// are left out; in JSON every text is one.
  public mutating func strings(
    _ name: String,
    _ rules: TextRule...,
    count: ClosedRange<Int>,
    separatedBy separator: Character? = nil
  ) -> [String] {
    var field = FieldDescription(name, .textList, rules)
    field.count = count
    field.isRequired = count.lowerBound > 0
    return texts(of: field, separatedBy: separator)
  }

  /// Reads several texts of a partial update, as ``strings(_:_:count:separatedBy:)`` does.
  public mutating func stringsChange(
    _ name: String,
    _ rules: TextRule...,
    count: ClosedRange<Int>,
    separatedBy separator: Character? = nil
  ) -> Change<[String]> {
    var field = FieldDescription(name, .textList, rules)
    field.count = count
    field.isRequired = false
    let texts = texts(of: field, separatedBy: separator)
    return source?.fields[name] == nil ? .unchanged : .set(texts)
  }

  private mutating func texts(
    of field: FieldDescription,
    separatedBy separator: Character?
  ) -> [String] {
    fields.append(field)
    guard let source else { return [] }
    do throws(FieldError) {
      return try FieldValue.texts(source.texts(field.name, separatedBy: separator), field)
    } catch {
      refuse(error)
      return []
    }
  }
}
