/// How many slips of the fingers lie between two words.
enum SpellingDistance {
  /// The fewest letters to insert, drop, replace or swap with a neighbor that make `second` of
  /// `first`; nil when there are more than `limit`.
  ///
  /// Cost: the product of both lengths. Source: optimal string alignment, a form of the distance of
  /// Damerau and Levenshtein.
  static func between(_ first: String, _ second: String, limit: Int) -> Int? {
    let a = Array(first.unicodeScalars)
    let b = Array(second.unicodeScalars)
    guard abs(a.count - b.count) <= limit else { return nil }
    var older = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        var best = min(previous[j + 1] + 1, row[j] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, older[j - 1] + 1) }
        row.append(best)
      }
      older = previous
      previous = row
    }
    return previous[b.count] <= limit ? previous[b.count] : nil
  }

  /// How many slips a word of this length may have and still be known: short words have too many
  /// neighbors.
  static func limit(forLength length: Int) -> Int {
    switch length {
    case ..<4: 0
    case ..<8: 1
    default: 2
    }
  }
}
