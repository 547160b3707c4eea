/// What a person typed into the search box.
struct TypedQuery: Hashable, Sendable {
  /// At most so many words count; each costs the index a look.
  static let wordLimit = 8
  /// At most so many characters count.
  static let lengthLimit = 200

  /// What the index is asked for.
  let text: String
  /// Whether the last word may be only the beginning of one, because nothing was typed behind it.
  let isLastWordOpen: Bool

  init(_ typed: String) {
    let scalars = typed.unicodeScalars.filter { $0 != "\0" }.prefix(TypedQuery.lengthLimit)
    text = String(String.UnicodeScalarView(scalars))
    isLastWordOpen = text.last?.isLetter == true || text.last?.isNumber == true
  }
}

/// A word of a query as the index knows it.
struct QueryWord: Hashable, Sendable {
  /// The folded word.
  let word: String
  /// Its stems; none for a word that says nothing by itself, such as `and`.
  let stems: [String]
  /// Whether any document for everybody has its stems.
  let isKnown: Bool
  /// Whether it may be only a beginning.
  let isOpen: Bool
  /// Stems of words for everybody that begin with it, when it may be only a beginning.
  let completions: [String]

  /// Whether nothing for everybody says it.
  var isUnknown: Bool { !stems.isEmpty && !isKnown && completions.isEmpty }
}

/// Words of a query turned into what PostgreSQL searches for.
struct QueryExpression: Hashable, Sendable {
  /// In the form of `tsquery` (manual, 8.11.2).
  let text: String

  /// Requires every word that says something, in one of its forms.
  ///
  /// A query of nothing but words such as `the` is looked for in names, which keep them, and in what
  /// they may be the beginning of. What nothing for everybody says may be in what is for the reader,
  /// whole or as a beginning: so few words begin with it that the index can gather them.
  ///
  /// Nil when nothing is left to search for, or with corrections when a word that nobody wrote has none.
  ///
  /// - `corrections`: The stems to look for besides a word that may be a slip.
  init?(_ words: [QueryWord], corrections: [String: [String]] = [:]) {
    let telling = words.filter { !$0.stems.isEmpty }
    guard !telling.isEmpty else {
      guard !words.isEmpty else { return nil }
      text = words.map { word in
        let choices = [word.word] + word.completions
        return "(" + choices.map(QueryExpression.quoted).joined(separator: " | ") + ")"
      }.joined(separator: " & ")
      return
    }
    var clauses: [String] = []
    for word in telling {
      let exact = word.stems.map(QueryExpression.quoted).joined(separator: " & ")
      let others = word.completions + (corrections[word.word] ?? [])
      if word.isUnknown, !corrections.isEmpty, others.isEmpty { return nil }
      var choices = ["(\(exact))"] + others.map(QueryExpression.quoted)
      if word.isUnknown, word.isOpen { choices.append(QueryExpression.quoted(word.word) + ":*") }
      clauses.append("(" + choices.joined(separator: " | ") + ")")
    }
    text = clauses.joined(separator: " & ")
  }

  private static func quoted(_ lexeme: String) -> String {
    "'" + lexeme.replacing("\\", with: "\\\\").replacing("'", with: "''") + "'"
  }
}

/// A known word that looks like one nobody wrote.
struct SimilarWord: Hashable, Sendable {
  let word: String
  let lexeme: String
  let sightings: Int

  /// The stems of those that differ least from what was typed, the most common first.
  static func corrections(of typed: String, among words: [SimilarWord]) -> [String] {
    let limit = SpellingDistance.limit(forLength: typed.unicodeScalars.count)
    let near = words.compactMap { candidate in
      SpellingDistance.between(typed, candidate.word, limit: limit).map { (candidate, $0) }
    }
    guard let least = near.map(\.1).min() else { return [] }
    let best = near.filter { $0.1 == least }.map(\.0).sorted {
      ($1.sightings, $0.word) < ($0.sightings, $1.word)
    }
    var stems: [String] = []
    for word in best where !stems.contains(word.lexeme) { stems.append(word.lexeme) }
    return Array(stems.prefix(5))
  }
}
