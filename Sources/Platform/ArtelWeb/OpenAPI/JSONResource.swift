/// A value of the API that documents itself by examples.
///
/// What ``JSONWritable/write(to:)`` writes of the examples is the schema: there is no second
/// description of the members that could differ from it. A member that is missing from one example
/// is optional, one that is null in one may be null; texts are ids or times when all of them look
/// like one. The first example stands in the document.
public protocol JSONResource: JSONWritable {
  /// What the document calls it, such as `Post`.
  static var schemaName: String { get }

  /// One value or more, which together show every member, every absence and every null.
  static var examples: [Self] { get }
}

/// What a resource looks like, taken from what it writes.
struct ResourceSchema: Sendable {
  let name: String

  /// The schema without its example.
  let schema: JSONTree

  /// The first example as it is sent.
  let example: JSONTree

  init<Resource: JSONResource>(_ resource: Resource.Type) {
    name = resource.schemaName
    let texts = resource.examples.map { example in
      var json = JSONWriter()
      json.value(example)
      return String(decoding: json.bytes, as: UTF8.self)
    }
    let values = texts.map { text in
      guard let value = try? JSONValue(parsing: text.utf8) else {
        preconditionFailure("\(resource) does not write one JSON value.")
      }
      return JSONTree(value, orderedAs: text)
    }
    guard let first = values.first else { preconditionFailure("\(resource) has no examples.") }
    example = first
    schema = Self.schema(of: values)
  }

  /// The narrowest schema that admits all of the values.
  static func schema(of values: [JSONTree]) -> JSONTree {
    let present = values.filter { $0 != .null }
    let schema = schema(ofPresent: present)
    guard present.count < values.count else { return schema }
    guard !present.isEmpty else { return ["type": "null"] }
    guard case .object(var members) = schema, case .text(let type)? = schema["type"] else {
      return ["anyOf": [schema, ["type": "null"]]]
    }
    members[0].value = [.text(type), "null"]
    return .object(members)
  }

  private static func schema(ofPresent values: [JSONTree]) -> JSONTree {
    switch Set(values.map(\.typeName)) {
    case ["object"]: object(values)
    case ["array"]:
      ["type": "array", "items": schema(of: values.flatMap(\.elements))]
    case ["string"]: string(values)
    case ["integer"]: ["type": "integer"]
    case ["integer", "number"], ["number"]: ["type": "number"]
    case ["boolean"]: ["type": "boolean"]
    default: [:]
    }
  }

  private static func object(_ values: [JSONTree]) -> JSONTree {
    var names: [String] = []
    for name in values.flatMap(\.names) where !names.contains(name) { names.append(name) }
    let required = names.filter { name in values.allSatisfy { $0[name] != nil } }
    let properties = names.map { name in
      JSONTree.Member(name: name, value: schema(of: values.compactMap { $0[name] }))
    }
    return [
      "type": "object", "properties": .object(properties),
      "required": .list(required.map(JSONTree.text)),
    ]
  }

  private static func string(_ values: [JSONTree]) -> JSONTree {
    let texts = values.compactMap(\.string)
    if texts.allSatisfy(isID) { return ["type": "string", "format": "uuid"] }
    if texts.allSatisfy(isTime) { return ["type": "string", "format": "date-time"] }
    return ["type": "string"]
  }

  private static func isID(_ text: String) -> Bool {
    text.wholeMatch(of: /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil
  }

  private static func isTime(_ text: String) -> Bool {
    text.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil
  }
}

extension JSONTree {
  fileprivate var typeName: String {
    switch self {
    case .null: "null"
    case .flag: "boolean"
    case .integer: "integer"
    case .double: "number"
    case .text: "string"
    case .list: "array"
    case .object: "object"
    }
  }

  fileprivate var elements: [JSONTree] {
    guard case .list(let elements) = self else { return [] }
    return elements
  }

  fileprivate var names: [String] {
    guard case .object(let members) = self else { return [] }
    return members.map(\.name)
  }

  fileprivate var string: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }
}
