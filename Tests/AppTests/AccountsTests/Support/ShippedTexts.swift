import ArtelTesting
import ArtelWeb
import Foundation

/// The texts that come with the program, in one language.
struct ShippedTexts {
  private let texts: Any

  init(in language: Language) throws {
    let file = "\(SourceTree.root())/share/strings/\(language.rawValue).json"
    texts = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: file)))
  }

  /// The text with a dotted key; nil when there is none, or an empty one.
  subscript(key: String) -> String? {
    let value = key.split(separator: ".").reduce(texts as Any?) { value, name in
      (value as? [String: Any])?[String(name)]
    }
    guard let text = value as? String, !text.isEmpty else { return nil }
    return text
  }
}
