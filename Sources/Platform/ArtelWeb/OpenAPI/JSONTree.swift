/// JSON as a value whose members keep the order they were written in.
///
/// Documents are made of it, once per process; answers to requests are written without it.
enum JSONTree: Sendable, Equatable {
  case null
  case flag(Bool)
  case integer(Int)
  case double(Double)
  case text(String)
  case list([JSONTree])
  case object([Member])

  struct Member: Sendable, Equatable {
    let name: String
    var value: JSONTree
  }

  /// The value of a member; nil when this is no object or has no such member.
  subscript(_ name: String) -> JSONTree? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// An object without those members that have no value.
  static func members(_ members: KeyValuePairs<String, JSONTree?>) -> JSONTree {
    JSONTree.object([]).adding(members)
  }

  /// Puts members behind those of an object; one without a value is left out.
  func adding(_ members: KeyValuePairs<String, JSONTree?>) -> JSONTree {
    guard case .object(var all) = self else { return self }
    for (name, value) in members {
      if let value { all.append(Member(name: name, value: value)) }
    }
    return .object(all)
  }

  /// The value with `change` applied to all of its parts, from the leaves up, and to itself.
  func mapped(_ change: (JSONTree) -> JSONTree) -> JSONTree {
    switch self {
    case .list(let elements): change(.list(elements.map { $0.mapped(change) }))
    case .object(let members):
      change(.object(members.map { Member(name: $0.name, value: $0.value.mapped(change)) }))
    default: change(self)
    }
  }
}

extension JSONTree: JSONWritable {
  func write(to json: inout JSONWriter) {
    switch self {
    case .null: json.null()
    case .flag(let flag): json.value(flag)
    case .integer(let number): json.value(number)
    case .double(let number): json.value(number)
    case .text(let text): json.value(text)
    case .list(let elements): json.value(elements)
    case .object(let members):
      json.object { json in
        for member in members { json.field(named: member.name, member.value) }
      }
    }
  }
}

extension JSONTree: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .integer(number) }
  init(booleanLiteral flag: Bool) { self = .flag(flag) }
  init(arrayLiteral elements: JSONTree...) { self = .list(elements) }
  init(dictionaryLiteral members: (String, JSONTree)...) {
    self = .object(members.map { Member(name: $0.0, value: $0.1) })
  }
}

extension JSONTree {
  /// A parsed value with its members in the order in which they stand in the text it came from.
  init(_ value: JSONValue, orderedAs text: String) {
    switch value {
    case .null: self = .null
    case .bool(let flag): self = .flag(flag)
    case .integer(let number): self = .integer(number)
    case .double(let number): self = .double(number)
    case .string(let string): self = .text(string)
    case .array(let elements): self = .list(elements.map { JSONTree($0, orderedAs: text) })
    case .object(let members):
      let names = members.keys.map { name in
        (name, text.firstRange(of: "\"\(name)\":")?.lowerBound ?? text.endIndex)
      }
      self = .object(
        names.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map { name, _ in
          Member(name: name, value: JSONTree(members[name] ?? .null, orderedAs: text))
        }
      )
    }
  }
}
