import FoundationEssentials

extension ViewValue {
  /// Takes a value apart: the stored properties of a struct become named values in snake_case
  /// (`imageURL` becomes `image_url`), nil becomes no value, an enum its raw value.
  ///
  /// Cost: some microseconds per struct; computed properties are not seen.
  public init(reflecting value: Any) {
    switch value {
    case let value as any ViewRepresentable: self = value.viewValue
    case let text as String: self = .text(text)
    case let number as Int: self = .number(number)
    case let flag as Bool: self = .flag(flag)
    case let date as Date: self = .date(date)
    case let number as any BinaryInteger: self = .number(Int(clamping: number))
    case let value as any LosslessStringConvertible: self = .text(value.description)
    case let value as any RawRepresentable<String>: self = .text(value.rawValue)
    default: self.init(mirroring: value)
    }
  }

  private init(mirroring value: Any) {
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional: self = mirror.children.first.map { ViewValue(reflecting: $0.value) } ?? .none
    case .collection, .set: self = .list(mirror.children.map { ViewValue(reflecting: $0.value) })
    case .dictionary: self = .object(Self.members(ofDictionary: mirror))
    case .struct, .class, .tuple: self = .object(Self.members(of: mirror))
    default: self = .text(String(describing: value))
    }
  }

  private static func members(of mirror: Mirror) -> [String: ViewValue] {
    var members: [String: ViewValue] = [:]
    for (label, value) in mirror.children {
      if let label { members[snakeCase(label)] = ViewValue(reflecting: value) }
    }
    return members
  }

  private static func members(ofDictionary mirror: Mirror) -> [String: ViewValue] {
    var members: [String: ViewValue] = [:]
    for (_, pair) in mirror.children {
      guard let (key, value) = pair as? (key: AnyHashable, value: Any),
        let name = key.base as? String
      else { continue }
      members[name] = ViewValue(reflecting: value)
    }
    return members
  }

  /// `imageURL` → `image_url`, `URLPath` → `url_path`.
  static func snakeCase(_ name: String) -> String {
    let letters = Array(name)
    var result = ""
    for (index, letter) in letters.enumerated() {
      guard letter.isUppercase else {
        result.append(letter)
        continue
      }
      let startsWord =
        index > 0
        && (!letters[index - 1].isUppercase
          || (index + 1 < letters.count && letters[index + 1].isLowercase))
      if startsWord, result.last != "_" { result.append("_") }
      result.append(contentsOf: letter.lowercased())
    }
    return result
  }
}
