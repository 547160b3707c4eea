/// A language Artel speaks.
public enum Language: String, Sendable, CaseIterable {
  /// English, the language of last resort.
  case english = "en"
  /// Russian.
  case russian = "ru"

  /// The name of the language in the language itself.
  public var ownName: String {
    switch self {
    case .english: "English"
    case .russian: "Русский"
    }
  }

  /// The language that an `Accept-Language` header prefers; nil when it accepts none of ours.
  ///
  /// A malformed part of it counts as absent. Source: RFC 9110, 12.5.4.
  public init?(acceptLanguage header: String) {
    var best: (language: Language, weight: Double)?
    for part in header.split(separator: ",", maxSplits: 32) {
      let pieces = part.split(separator: ";")
      guard let range = pieces.first?.trimmingSpaces() else { continue }
      let primary = range.prefix { $0 != "-" }.lowercased()
      guard let language = Language(rawValue: primary) else { continue }
      let weight = pieces.dropFirst().lazy.compactMap(Self.weight).first ?? 1
      guard weight > 0, weight > best?.weight ?? 0 else { continue }
      best = (language, weight)
    }
    guard let best else { return nil }
    self = best.language
  }

  private static func weight(_ parameter: Substring) -> Double? {
    let text = parameter.trimmingSpaces()
    guard text.hasPrefix("q=") else { return nil }
    return Double(text.dropFirst(2))
  }
}

extension Substring {
  /// Without spaces and tabs at both ends.
  func trimmingSpaces() -> Substring {
    var text = self
    while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
    while let last = text.last, last == " " || last == "\t" { text.removeLast() }
    return text
  }
}
