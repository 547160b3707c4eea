import ArtelWeb
import Foundation

/// What a tag is called: 1 to 50 code points, without white space and `#` at the ends, each gap one
/// space.
struct TagName: Hashable, Sendable {
  /// Most code points of a name.
  static let maximumLength = 50

  /// The name as people read it, in Unicode's composed form.
  let text: String

  /// Makes a name of what was typed; nil when nothing is left of it.
  init?(_ typed: String) {
    let isOuter = { (character: Character) in character == "#" || character.isWhitespace }
    guard let first = typed.firstIndex(where: { !isOuter($0) }),
      let last = typed.lastIndex(where: { !isOuter($0) })
    else { return nil }
    let text = typed[first...last].split(whereSeparator: \.isWhitespace).joined(separator: " ")
      .precomposedStringWithCanonicalMapping
    guard text.unicodeScalars.count <= Self.maximumLength else { return nil }
    self.text = text
  }

  /// The names among what was typed, each once whatever its case, as it was written first.
  static func all(_ typed: [String]) -> [TagName] {
    var known: Set<String> = []
    return typed.compactMap(TagName.init).filter { known.insert($0.text.lowercased()).inserted }
  }

  /// The name in an address: small letters and digits with hyphens between; empty when it has neither.
  ///
  /// Cyrillic is written in Latin letters, as passports do, and Latin letters lose their marks; letters of
  /// other scripts stay.
  var slug: String {
    let latin = text.lowercased().map { Transliteration.latin($0) ?? "\($0)" }.joined()
    let plain = latin.folding(options: .diacriticInsensitive, locale: nil)
    return plain.split { !($0.isLetter || $0.isNumber) }.joined(separator: "-")
  }
}

extension FormReader {
  /// Reads the tags of a post: a list, or one text with commas between them; at most 10.
  mutating func tags() -> [TagName] {
    TagName.all(
      strings(
        "tags",
        .trimmed,
        .length(0...TagName.maximumLength),
        .pattern(.tag),
        count: 0...Post.tagLimit,
        separatedBy: ","
      )
    )
  }

  /// Reads the tags of a partial update, as ``tags()`` does.
  mutating func tagsChange() -> Change<[TagName]> {
    let change = stringsChange(
      "tags",
      .trimmed,
      .length(0...TagName.maximumLength),
      .pattern(.tag),
      count: 0...Post.tagLimit,
      separatedBy: ","
    )
    return switch change {
    case .unchanged: .unchanged
    case .set(let typed): .set(TagName.all(typed))
    }
  }
}

extension FieldPattern {
  /// A text without commas, which stand between tags, and without control characters.
  static let tag = FieldPattern("tag", expression: #"^[^,\u0000-\u001F\u007F]*$"#) { text in
    !text.contains(",")
  }
}
