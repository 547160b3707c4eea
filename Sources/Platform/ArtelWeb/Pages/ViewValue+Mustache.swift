import FoundationEssentials
import Mustache

/// Turns values into what the template engine looks at, in one language.
struct ViewEncoder: Sendable {
  let language: Language
  let strings: StringCatalog

  func encode(_ value: ViewValue) -> Any {
    switch value {
    case .none: ViewAbsent()
    case .text(let text): text.isEmpty ? ViewAbsent() as Any : text
    case .number(let number): ViewNumber(number: number, encoder: self)
    case .flag(let flag): flag
    case .date(let date): ViewDate(date: date, encoder: self)
    case .list(let values): values.map(encode)
    case .object(let members): ViewObject(members: members, encoder: self)
    }
  }
}

/// A value that is there but empty: false, writes nothing, and is not looked for further out.
struct ViewAbsent: MustacheCustomRepresentation {
  var representation: Any? { nil }
}

struct ViewObject: MustacheParent {
  let members: [String: ViewValue]
  let encoder: ViewEncoder

  func child(named name: String) -> Any? {
    members[name].map(encoder.encode)
  }
}

struct ViewNumber: MustacheParent, MustacheCustomRenderable, MustacheTransformable {
  let number: Int
  let encoder: ViewEncoder

  var renderText: String { "\(number)" }
  var isNull: Bool { false }

  func child(named name: String) -> Any? {
    let format = LocalFormat(language: encoder.language)
    return switch name {
    case "text": format.number(number)
    case "bytes": format.bytes(number, strings: encoder.strings)
    default: nil
    }
  }

  /// `ru_few(count)` asks for the plural form; the others are the engine's own.
  func transform(_ name: String) -> Any? {
    let parts = name.split(separator: "_", maxSplits: 1)
    guard parts.count == 2, let language = Language(rawValue: String(parts[0])),
      let category = PluralCategory(rawValue: String(parts[1]))
    else { return number.transform(name) }
    return PluralCategory(number, in: language) == category
  }
}

struct ViewDate: MustacheParent, MustacheCustomRenderable {
  let date: Date
  let encoder: ViewEncoder

  var renderText: String { Timestamp(date).text }
  var isNull: Bool { false }

  func child(named name: String) -> Any? {
    let format = LocalFormat(language: encoder.language)
    return switch name {
    case "iso": Timestamp(date).text
    case "text": format.dayAndTime(date)
    case "day": format.day(date)
    default: nil
    }
  }
}
