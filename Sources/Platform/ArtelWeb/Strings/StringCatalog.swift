public import Logging
import Synchronization

/// The texts of the user interface in every language, by dotted keys such as `feed.title`.
///
/// Immutable after loading. A missing key shows as `⟦feed.title⟧` and is logged once.
public final class StringCatalog: Sendable {
  /// One text, or one text per plural form.
  enum Entry: Sendable, Equatable {
    case text(StringTemplate)
    case plural(variable: String, forms: [PluralCategory: StringTemplate])
  }

  let entries: [Language: [String: Entry]]
  let trees: [Language: TranslatedTree]
  private let logger: Logger?
  private let reported = Mutex<Set<String>>([])

  /// A catalog without texts.
  public static let empty = StringCatalog(entries: [:], logger: nil)

  init(entries: [Language: [String: Entry]], logger: Logger?) {
    self.entries = entries
    self.logger = logger
    trees = entries.reduce(into: [:]) { trees, language in
      trees[language.key] = TranslatedTree(language.value, language: language.key)
    }
  }

  /// Makes a catalog of one parsed JSON object per language.
  ///
  /// - Parameters:
  ///   - texts: Nested objects of texts; an object with the key `other` is a plural, whose number
  ///     is the placeholder `{count}`, or the one its key `#` names.
  ///   - logger: Told of missing keys.
  /// - Throws: ``StringCatalogError`` for a value that is neither text nor object.
  public convenience init(
    _ texts: [Language: JSONValue],
    logger: Logger? = nil
  ) throws(StringCatalogError) {
    var entries: [Language: [String: Entry]] = [:]
    for (language, value) in texts {
      var flat: [String: Entry] = [:]
      try Self.flatten(value, key: "", into: &flat)
      entries[language] = flat
    }
    self.init(entries: entries, logger: logger)
  }

  private static func flatten(
    _ value: JSONValue,
    key: String,
    into flat: inout [String: Entry]
  ) throws(StringCatalogError) {
    switch value {
    case .string(let text): flat[key] = .text(StringTemplate(text))
    case .object(let members) where members["other"] != nil:
      flat[key] = try plural(members, key: key)
    case .object(let members):
      for (name, member) in members {
        try flatten(member, key: key.isEmpty ? name : "\(key).\(name)", into: &flat)
      }
    default: throw StringCatalogError(key: key, reason: "must be a text or an object")
    }
  }

  private static func plural(
    _ members: [String: JSONValue],
    key: String
  ) throws(StringCatalogError) -> Entry {
    var variable = "count"
    var forms: [PluralCategory: StringTemplate] = [:]
    for (name, member) in members {
      guard case .string(let text) = member else {
        throw StringCatalogError(key: "\(key).\(name)", reason: "must be a text")
      }
      if name == "#" {
        variable = text
      } else if let category = PluralCategory(rawValue: name) {
        forms[category] = StringTemplate(text)
      } else {
        throw StringCatalogError(key: "\(key).\(name)", reason: "is no plural form")
      }
    }
    return .plural(variable: variable, forms: forms)
  }

  /// A text, for use outside templates: it is not escaped.
  ///
  /// English steps in when the language lacks the key. The values are for placeholders; a plural
  /// needs its number, an `Int`, among them.
  public func text(
    _ key: String,
    in language: Language,
    _ values: [String: any CustomStringConvertible & Sendable] = [:]
  ) -> String {
    if let text = textIfPresent(key, in: language, values) { return text }
    report(key)
    return "⟦\(key)⟧"
  }

  /// A text, or nil when neither the language nor English has the key.
  func textIfPresent(
    _ key: String,
    in language: Language,
    _ values: [String: any CustomStringConvertible & Sendable] = [:]
  ) -> String? {
    let texts = values.mapValues(\.description)
    switch entries[language]?[key] ?? entries[.english]?[key] {
    case .text(let template): return template.text(texts)
    case .plural(let variable, let forms):
      let number = values[variable] as? Int ?? 0
      let form = forms[PluralCategory(number, in: language)] ?? forms[.other]
      return form?.text(texts)
    case nil: return nil
    }
  }

  /// Logs a missing key, the first time it is asked for.
  func report(_ key: String) {
    let isFirst = reported.withLock { reported in
      // The bound keeps keys made from requests from filling the memory.
      reported.count < 1000 && reported.insert(key).inserted
    }
    guard isFirst else { return }
    logger?.warning("A text is missing.", metadata: ["key": "\(key)"])
  }
}

/// What is wrong with a file of texts.
public struct StringCatalogError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The dotted key.
  public var key: String

  /// What is wrong with it.
  public var reason: String

  /// The key and the reason.
  public var description: String { "The text \(key) \(reason)." }
}
