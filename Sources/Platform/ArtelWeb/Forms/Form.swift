/// A description of what a request may send, which both checks and documents it.
///
/// The initializer reads every field through the reader; only what it reads can have an effect, so
/// unknown keys are ignored and nobody can assign a field that was not declared.
/// ```swift
/// struct PostForm: Form {
///   let title: String
///   let isPublic: Bool
///
///   init(_ fields: inout FormReader) {
///     title = fields.string("title", .trimmed, .length(1...200))
///     isPublic = fields.boolean("is_public", default: true)
///   }
/// }
/// ```
/// The initializer must read the same fields every time and must not depend on their values for
/// which fields it reads: the same initializer, run by a recording reader, documents the form.
public protocol Form: Sendable {
  /// Reads the fields; where one is wrong the reader returns a stand-in and keeps the error.
  init(_ fields: inout FormReader)
}

extension Form {
  /// What the form declares, in the order it reads.
  ///
  /// Cost: runs the initializer once.
  public static var fields: [FieldDescription] {
    var reader = FormReader.recording()
    _ = Self(&reader)
    return reader.fields
  }

  /// Reads the form from parsed fields.
  ///
  /// - Throws: ``Problem`` of kind `validation` with every wrong field.
  public static func read(from source: FormSource) throws -> Self {
    var reader = FormReader(source)
    let form = Self(&reader)
    guard reader.errors.isEmpty else { throw Problem.validation(reader.errors) }
    return form
  }

  /// Reads the form and keeps what is needed to show it again.
  public static func submission(from source: FormSource) -> FormSubmission<Self> {
    var reader = FormReader(source)
    let form = Self(&reader)
    let draft = FormDraft(fields: reader.fields, source: source, errors: reader.errors)
    return reader.errors.isEmpty ? .accepted(form, draft) : .refused(draft)
  }
}

/// The outcome of a form sent by a page.
public enum FormSubmission<Value: Form>: Sendable {
  /// All fields are right; the draft serves to show the form again if the verb refuses it.
  case accepted(Value, FormDraft)
  /// Fields are wrong; the draft has what was typed and the errors.
  case refused(FormDraft)

  /// What was typed, to show the form again.
  public var draft: FormDraft {
    switch self {
    case .accepted(_, let draft), .refused(let draft): draft
    }
  }
}

/// Whether a partial update sets a field.
public enum Change<Value> {
  /// The field is absent: it stays as it is.
  case unchanged
  /// The field was sent.
  case set(Value)

  /// The value to set; nil when the field stays as it is.
  public var value: Value? {
    switch self {
    case .unchanged: nil
    case .set(let value): value
    }
  }

  /// The sent value, or the present one.
  public func value(or present: Value) -> Value {
    value ?? present
  }
}

extension Change: Sendable where Value: Sendable {}
extension Change: Equatable where Value: Equatable {}
