import FoundationEssentials

/// What a client says about an upload: texts by keys, as they came.
///
/// Source: tus 1.0.0, Upload-Metadata.
public struct UploadMetadata: Sendable, Equatable {
  /// Most characters of the header.
  static let limit = 2000

  /// The form of the header as an ECMA-262 regular expression: keys, each with a value in Base64 or
  /// with none.
  static let expression: String = {
    let pair = "[!-+\\--~]+( ([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)?"
    return "^(\(pair)(,\(pair))*)?$"
  }()

  /// The header as it came, empty without one.
  let text: String

  /// Nothing.
  public static let none = UploadMetadata(stored: "")

  init(stored text: String) {
    self.text = text
  }

  /// Reads the header; nil when the request has none.
  ///
  /// - Throws: ``UploadError/metadata`` unless it has at most 2,000 characters of that form.
  init(header text: String?) throws {
    let text = text ?? ""
    guard text.utf8.count <= Self.limit,
      text.isEmpty
        || text.split(separator: ",", omittingEmptySubsequences: false)
          .allSatisfy(Self.isPair)
    else { throw UploadError.metadata }
    self.text = text
  }

  /// The first value of a key as text; nil when there is none, or it is no UTF-8 text.
  public subscript(key: String) -> String? {
    for pair in text.split(separator: ",") {
      let words = pair.split(separator: " ")
      guard words.count == 2, words[0] == key, let bytes = Data(base64Encoded: String(words[1]))
      else { continue }
      return String(validating: bytes, as: UTF8.self)
    }
    return nil
  }

  private static func isPair(_ text: Substring) -> Bool {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    guard words.count <= 2, let key = words.first, !key.isEmpty,
      key.utf8.allSatisfy({ (0x21...0x7E) ~= $0 })
    else { return false }
    return words.count < 2 || Data(base64Encoded: String(words[1])) != nil
  }
}
