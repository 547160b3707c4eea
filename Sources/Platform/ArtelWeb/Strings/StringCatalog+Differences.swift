extension StringCatalog {
  /// What keeps the languages from saying the same: missing keys, plural forms and placeholders.
  ///
  /// Empty when all is well; else one sentence per fault, sorted. For tests and the linter.
  public var differences: [String] {
    var faults: [String] = []
    let keys = Set(Language.allCases.flatMap { entries[$0, default: [:]].keys })
    for key in keys {
      let present = Language.allCases.compactMap { language in
        entries[language]?[key].map { (language, $0) }
      }
      for language in Language.allCases where !present.contains(where: { $0.0 == language }) {
        faults.append("\(key) is missing in \(language.rawValue).")
      }
      for (language, entry) in present {
        faults.append(contentsOf: missingForms(entry, key: key, language: language))
      }
      let placeholders = Set(present.map { $0.1.placeholders })
      if placeholders.count > 1 {
        faults.append("\(key) has different placeholders in different languages.")
      }
    }
    return faults.sorted()
  }

  private func missingForms(_ entry: Entry, key: String, language: Language) -> [String] {
    guard case .plural(_, let forms) = entry else { return [] }
    return PluralCategory.needed(in: language).filter { forms[$0] == nil }.map {
      "\(key) lacks the form \($0.rawValue) in \(language.rawValue)."
    }
  }
}

extension StringCatalog.Entry {
  fileprivate var placeholders: Set<String> {
    switch self {
    case .text(let template): template.placeholders
    // The form for one may spell the number out.
    case .plural(let variable, let forms):
      forms.values.reduce(into: [variable]) { $0.formUnion($1.placeholders) }
    }
  }
}
