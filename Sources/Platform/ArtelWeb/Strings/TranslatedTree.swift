import Mustache

/// The texts of one language as templates find them: `t.feed.title`.
///
/// Every text is compiled once to a template of its own, which a template engine renders in the
/// context where the tag stands; so placeholders see the variables of that place, and cost no
/// parsing.
final class TranslatedTree: MustacheParent, Sendable {
  private let groups: [String: TranslatedTree]
  private let texts: [String: MustacheTemplate]

  convenience init(_ entries: [String: StringCatalog.Entry], language: Language) {
    self.init(entries.map { ($0.key[...], $0.value) }, language: language)
  }

  private init(_ entries: [(key: Substring, entry: StringCatalog.Entry)], language: Language) {
    var nested: [String: [(key: Substring, entry: StringCatalog.Entry)]] = [:]
    var texts: [String: MustacheTemplate] = [:]
    for (key, entry) in entries {
      if let dot = key.firstIndex(of: ".") {
        nested[String(key[..<dot]), default: []].append((key[key.index(after: dot)...], entry))
      } else {
        texts[String(key)] = Self.compile(entry, language: language)
      }
    }
    self.texts = texts
    groups = nested.mapValues { TranslatedTree($0, language: language) }
  }

  private static func compile(_ entry: StringCatalog.Entry, language: Language) -> MustacheTemplate?
  {
    switch entry {
    case .text(let template): return try? MustacheTemplate(string: template.mustache)
    case .plural(let variable, let forms):
      let sections = PluralCategory.allCases.compactMap { category -> String? in
        guard let form = forms[category] else { return nil }
        let test = "\(language.rawValue)_\(category.rawValue)(\(variable))"
        return "{{#\(test)}}\(form.mustache){{/\(test)}}"
      }
      return try? MustacheTemplate(string: sections.joined())
    }
  }

  func child(named name: String) -> Any? {
    texts[name] ?? groups[name]
  }
}

/// A place in the texts of one language that reports and shows what is missing there.
struct TranslatedPlace: MustacheParent, MustacheCustomRenderable {
  let catalog: StringCatalog
  let tree: TranslatedTree?
  let path: String

  init(_ catalog: StringCatalog, language: Language) {
    self.init(catalog: catalog, tree: catalog.trees[language], path: "")
  }

  private init(catalog: StringCatalog, tree: TranslatedTree?, path: String) {
    self.catalog = catalog
    self.tree = tree
    self.path = path
  }

  func child(named name: String) -> Any? {
    let found = tree?.child(named: name)
    if let text = found as? MustacheTemplate { return text }
    return TranslatedPlace(
      catalog: catalog,
      tree: found as? TranslatedTree,
      path: path.isEmpty ? name : "\(path).\(name)"
    )
  }

  var renderText: String {
    catalog.report(path)
    return "⟦\(path)⟧"
  }

  var isNull: Bool { false }
}
