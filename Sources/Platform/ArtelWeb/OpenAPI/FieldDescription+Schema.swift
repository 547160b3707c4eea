extension FieldDescription {
  /// The JSON Schema of the values that the field accepts.
  ///
  /// Source: JSON Schema 2020-12.
  var schema: JSONTree {
    var schema = typeSchema
    if isNullable { schema = schema.admittingNothing(texts: kind == .text && minimumLength != 0) }
    return schema.adding(["default": defaultValue.map { JSONTree($0, orderedAs: "") }])
  }

  /// The same for a place where nothing is told from an empty text, such as a query.
  var textSchema: JSONTree {
    typeSchema.adding(["default": defaultValue.map { JSONTree($0, orderedAs: "") }])
  }

  /// The same for a part of a multipart body, where an empty text says that there is nothing.
  var partSchema: JSONTree {
    let nothing: JSONTree = ["type": "string", "maxLength": 0]
    let schema: JSONTree = isNullable ? ["anyOf": .list([typeSchema, nothing])] : typeSchema
    return schema.adding(["default": defaultValue.map { JSONTree($0, orderedAs: "") }])
  }

  private var typeSchema: JSONTree {
    switch kind {
    case .text: text
    case .integer:
      .members([
        "type": "integer",
        "minimum": range.flatMap { $0.lowerBound == .min ? nil : .integer($0.lowerBound) },
        "maximum": range.flatMap { $0.upperBound == .max ? nil : .integer($0.upperBound) },
      ])
    case .boolean: ["type": "boolean"]
    case .choice(let words): ["type": "string", "enum": .list(words.map(JSONTree.text))]
    case .id: ["type": "string", "format": "uuid"]
    case .textList:
      .members([
        "type": "array", "items": text,
        "minItems": count.map { .integer($0.lowerBound) },
        "maxItems": count.map { .integer($0.upperBound) },
      ])
    }
  }

  private var text: JSONTree {
    let patterns = self.patterns.map(JSONTree.text)
    return .members([
      "type": "string",
      "format": isSecret ? "password" : pattern?.format.map(JSONTree.text),
      "writeOnly": isSecret ? true : nil,
      "minLength": minimumLength.map(JSONTree.integer),
      "maxLength": maximumLength.map(JSONTree.integer),
      "pattern": patterns.count == 1 ? patterns[0] : nil,
      "allOf": patterns.count > 1 ? .list(patterns.map { ["pattern": $0] }) : nil,
    ])
  }

  /// What ``accept(_:)`` checks besides length, as ECMA-262 regular expressions.
  private var patterns: [String] {
    // A pattern of its own says more than that control characters are refused.
    guard let pattern else { return [characters] + (trimmedLength.map { [$0] } ?? []) }
    return [pattern.expression]
  }

  /// White space at the ends may be anything that is trimmed; in between are no control characters.
  private var characters: String {
    let allowed =
      isMultiline
      ? #"[^\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]*"# : #"[^\u0000-\u001F\u007F]*"#
    return isTrimmed ? #"^[\t-\r ]*"# + allowed + #"[\t-\r ]*$"# : "^\(allowed)$"
  }

  /// The least length without the white space that is trimmed.
  private var trimmedLength: String? {
    guard isTrimmed, let minimumLength, minimumLength > 0 else { return nil }
    return minimumLength == 1 ? #"\S"# : #"\S[\s\S]{"# + "\(minimumLength - 2)" + #",}\S"#
  }
}

extension JSONTree {
  /// A schema that admits null too, and where `texts` says so, a text with nothing in it.
  fileprivate func admittingNothing(texts: Bool) -> JSONTree {
    let empty: [JSONTree] = texts ? [["type": "string", "pattern": #"^\s*$"#]] : []
    return ["anyOf": .list([self] + empty + [["type": "null"]])]
  }
}

extension FieldDescription {
  /// The JSON Schema of an object with these fields; unknown members are ignored.
  static func objectSchema(of fields: [FieldDescription]) -> JSONTree {
    objectSchema(of: fields, each: \.schema)
  }

  /// The JSON Schema of a multipart body with these fields and the part `file`, which is required.
  static func multipartSchema(of fields: [FieldDescription], file: JSONTree.Member) -> JSONTree {
    objectSchema(of: fields, each: \.partSchema, required: [file])
  }

  private static func objectSchema(
    of fields: [FieldDescription],
    each schema: (FieldDescription) -> JSONTree,
    required others: [JSONTree.Member] = []
  ) -> JSONTree {
    let required = others.map(\.name) + fields.filter(\.isRequired).map(\.name)
    let own = fields.map { JSONTree.Member(name: $0.name, value: schema($0)) }
    return .members([
      "type": "object", "properties": .object(others + own),
      "required": required.isEmpty ? nil : .list(required.map(JSONTree.text)),
    ])
  }
}
