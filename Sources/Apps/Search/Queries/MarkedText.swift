/// A text in which the words that were searched for are marked.
///
/// The index marks them with characters that no stored text contains; here they become parts, so
/// that nothing people wrote is ever taken for markup.
struct MarkedText: Hashable, Sendable {
  /// A stretch of text.
  struct Part: Hashable, Sendable {
    let text: String
    /// Whether it was searched for.
    let isMatch: Bool
  }

  /// In front of a match; private use, U+E000.
  static let start: Unicode.Scalar = "\u{E000}"
  /// Behind a match; private use, U+E001.
  static let end: Unicode.Scalar = "\u{E001}"

  let parts: [Part]

  /// Reads a text as `ts_headline` marked it.
  init(headline: String) {
    var parts: [Part] = []
    var text = String.UnicodeScalarView()
    var isMatch = false
    func close() {
      if !text.isEmpty { parts.append(Part(text: String(text), isMatch: isMatch)) }
      text = String.UnicodeScalarView()
    }
    for scalar in headline.unicodeScalars {
      switch scalar {
      case MarkedText.start, MarkedText.end:
        close()
        isMatch = scalar == MarkedText.start
      default: text.append(scalar)
      }
    }
    close()
    self.parts = parts
  }

  /// The text without marks.
  var text: String { parts.map(\.text).joined() }
}
