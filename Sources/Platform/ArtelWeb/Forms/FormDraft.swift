/// A form on a page: what it declares, what is in its inputs, and what is wrong with them.
///
/// Templates find it as `form`. Values of secret fields are never kept.
public struct FormDraft: Sendable {
  /// The fields, in the order of the form.
  public let fields: [FieldDescription]

  /// What stands in each input; absent means empty.
  public private(set) var values: [String: String]

  /// What is wrong with each field.
  public private(set) var errors: [FieldError]

  /// The key in the string catalog of what is wrong with the form as a whole.
  public private(set) var errorKey: String?

  /// What the placeholders of that text stand for.
  private(set) var errorParameters: [String: String] = [:]

  /// An empty form, or one that shows present values for editing.
  public init<F: Form>(_ form: F.Type, values: [String: String] = [:]) {
    fields = form.fields
    self.values = values
    errors = []
    for field in fields where field.kind == .boolean && values[field.name] == nil {
      if field.defaultValue == .bool(true) { self.values[field.name] = "true" }
    }
  }

  init(fields: [FieldDescription], source: FormSource, errors: [FieldError]) {
    self.fields = fields
    self.errors = errors
    values = [:]
    for field in fields where !field.isSecret {
      values[field.name] = source.text(field.name)
    }
  }

  /// The draft with an error the form itself cannot know, such as a name that is taken.
  public func refused(_ field: String, _ code: FieldError.Code) -> FormDraft {
    refused(by: .validation(field, code))
  }

  /// The draft with the errors of a problem; a problem without field errors becomes the form's
  /// error.
  public func refused(by problem: Problem) -> FormDraft {
    var draft = self
    draft.errors.append(contentsOf: problem.errors)
    if problem.errors.isEmpty {
      draft.errorKey = "problem.\(problem.kind.key).detail"
      draft.errorParameters = problem.parameters
    }
    return draft
  }

  /// The draft with an error of the form as a whole, by the whole key of its text
  /// (`sign_in.wrong`).
  public func refused(because key: String) -> FormDraft {
    var draft = self
    draft.errorKey = key
    return draft
  }

  /// Whether nothing is wrong.
  public var isValid: Bool { errors.isEmpty && errorKey == nil }

  /// The problem that tells the same to a program.
  public var problem: Problem { .validation(errors) }
}
