/// The references from one asset to others, and their rewriting to addresses.
///
/// Rewritten are: in style sheets `url(…)` and `@import "…"` with a relative address; in scripts
/// the quoted text behind `from`, `import` or `import(` that begins with `./` or `../`; in every
/// file of the folder `root` the text `{{asset:…}}`. Everything else stays as it is.
struct AssetReferences {
  let file: String

  private enum Language {
    case styleSheet
    case script
    case other
  }

  private var language: Language {
    if file.hasSuffix(".css") { return .styleSheet }
    return file.hasSuffix(".js") || file.hasSuffix(".mjs") ? .script : .other
  }

  private var isInRoot: Bool { file.hasPrefix("root/") }

  /// Whether the file can refer to others at all.
  var isRewritten: Bool {
    isInRoot ? MediaTypes.isText(file) : language != .other
  }

  /// The text with every reference replaced by what `address` returns for the file it means.
  func rewrite(
    _ text: String,
    address: (String) throws(AssetError) -> String
  ) throws(AssetError) -> String {
    var result = ""
    var rest = text[...]
    while let found = next(in: rest) {
      result += rest[..<found.range.lowerBound]
      result += try address(found.target)
      rest = rest[found.range.upperBound...]
    }
    return result + rest
  }

  private func next(in text: Substring) -> (range: Range<Substring.Index>, target: String)? {
    if isInRoot {
      guard let match = text.firstMatch(of: /\{\{asset:([^}]*)\}\}/) else { return nil }
      return (match.range, String(match.1))
    }
    var rest = text
    while let reference = language == .styleSheet ? styleReference(rest) : scriptReference(rest) {
      if let target = resolve(text[reference]) {
        // A fragment or query stays behind the new address.
        let end = text[reference].firstIndex { $0 == "?" || $0 == "#" } ?? reference.upperBound
        return (reference.lowerBound..<end, target)
      }
      rest = text[reference.upperBound...]
    }
    return nil
  }

  private func styleReference(_ text: Substring) -> Range<Substring.Index>? {
    let pattern = /(?:url\(\s*|@import\s+)(?:"([^"]*)"|'([^']*)')|url\(\s*([^"'\s)]+)/
    guard let match = text.firstMatch(of: pattern) else { return nil }
    let target = match.1 ?? match.2 ?? match.3
    return target.map { $0.startIndex..<$0.endIndex }
  }

  private func scriptReference(_ text: Substring) -> Range<Substring.Index>? {
    let pattern = /\b(?:from|import)\s*\(?\s*(?:"(\.[^"]*)"|'(\.[^']*)')/
    guard let match = text.firstMatch(of: pattern) else { return nil }
    let target = match.1 ?? match.2
    return target.map { $0.startIndex..<$0.endIndex }
  }

  /// The file a relative address means; nil for absolute ones, fragments and data.
  private func resolve(_ reference: Substring) -> String? {
    guard let first = reference.first, first != "/", first != "#", !reference.contains(":") else {
      return nil
    }
    var folders = file.split(separator: "/").dropLast()
    for part in reference.prefix(while: { $0 != "?" && $0 != "#" }).split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = folders.popLast()
      default: folders.append(part)
      }
    }
    return folders.joined(separator: "/")
  }
}
