extension FormDraft {
  /// The form as templates find it: one object per field, and one for the files that were
  /// refused.
  func view(in language: Language, from strings: StringCatalog) -> ViewValue {
    var views: [String: ViewValue] = [:]
    for field in fields {
      views[field.name] = view(of: field, in: language, from: strings)
    }
    // Files are no form fields, so only their errors tell of them.
    let files = Dictionary(grouping: errors.filter { views[$0.field] == nil }, by: \.field)
    for (name, errors) in files {
      let messages = errors.map { $0.message(in: language, from: strings) }
      views[name] = [
        "name": .text(name), "error": .text(messages.joined(separator: "; ")), "invalid": true,
      ]
    }
    return .object(views)
  }

  private func view(
    of field: FieldDescription,
    in language: Language,
    from strings: StringCatalog
  ) -> ViewValue {
    let value = values[field.name]
    let error = errors.first { $0.field == field.name }
    var view: [String: ViewValue] = [
      "name": .text(field.name),
      "value": value.map(ViewValue.text) ?? .none,
      "error": error.map { .text($0.message(in: language, from: strings)) } ?? .none,
      "invalid": .flag(error != nil),
      "required": .flag(field.isRequired),
      "min_length": field.minimumLength.map(ViewValue.number) ?? .none,
      "max_length": field.maximumLength.map(ViewValue.number) ?? .none,
      "pattern": (field.pattern?.expression).map(ViewValue.text) ?? .none,
      "checked": .flag(value.map { ["true", "on", "1"].contains($0) } ?? false),
    ]
    if let range = field.range {
      view["min"] = .number(range.lowerBound)
      view["max"] = .number(range.upperBound)
    }
    view["is"] = .object(value.map { [$0: true] } ?? [:])
    return .object(view)
  }

  /// What is wrong with the form as a whole.
  func errorView(in language: Language, from strings: StringCatalog) -> ViewValue {
    errorKey.map { .text(strings.text($0, in: language, errorParameters)) } ?? .none
  }

  /// What is wrong with each field, for a summary.
  func errorsView(in language: Language, from strings: StringCatalog) -> ViewValue {
    .list(
      errors.map { error in
        ["field": .text(error.field), "error": .text(error.message(in: language, from: strings))]
      }
    )
  }
}
