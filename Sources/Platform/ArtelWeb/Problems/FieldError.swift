/// What is wrong with one field of a form.
public struct FieldError: Error, Sendable, Equatable {
  /// A stable word for what is wrong.
  public struct Code: RawRepresentable, Sendable, Hashable, ExpressibleByStringLiteral {
    /// The word as it is sent.
    public let rawValue: String

    /// Makes a code of its word.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Makes a code of its word.
    public init(stringLiteral value: String) { rawValue = value }

    /// Absent, null or empty, but needed.
    public static let required: Code = "required"
    /// Not the kind of value it must be.
    public static let type: Code = "type"
    /// Fewer characters than allowed.
    public static let tooShort: Code = "too_short"
    /// More characters than allowed.
    public static let tooLong: Code = "too_long"
    /// Characters that are not allowed, or a wrong form.
    public static let pattern: Code = "pattern"
    /// A number outside its range.
    public static let range: Code = "range"
    /// Not one of the choices.
    public static let choice: Code = "choice"
    /// Somebody else has it.
    public static let taken: Code = "taken"
    /// Differs from the field it must repeat.
    public static let mismatch: Code = "mismatch"
  }

  /// The name of the field.
  public var field: String

  /// What is wrong.
  public var code: Code

  /// The key of the message under `field.` in the string catalog; nil takes the code.
  public var messageKey: String?

  /// Numbers for the message, such as `min` and `max`.
  public var parameters: [String: Int]

  /// Which of several values of the field is wrong, such as the name of a file.
  ///
  /// Stands before the message; nil where the field has one value.
  public var subject: String?

  /// Makes an error.
  public init(
    _ field: String,
    _ code: Code,
    messageKey: String? = nil,
    parameters: [String: Int] = [:],
    subject: String? = nil
  ) {
    self.field = field
    self.code = code
    self.messageKey = messageKey
    self.parameters = parameters
    self.subject = subject
  }

  /// The message in a language.
  public func message(in language: Language, from strings: StringCatalog) -> String {
    let text = strings.text("field." + (messageKey ?? code.rawValue), in: language, parameters)
    return subject.map { "\($0): \(text)" } ?? text
  }
}
