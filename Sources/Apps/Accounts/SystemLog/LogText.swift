/// Cleans what comes from outside before it is stored in the log, where people read it.
enum LogText {
  /// One line of at most so many code points: what would break a line, hide a part or turn the
  /// direction of reading is replaced.
  static func line(_ text: String, limit: Int) -> String {
    var clean = String.UnicodeScalarView()
    for scalar in text.unicodeScalars.prefix(limit) { clean.append(shown(scalar)) }
    return String(clean)
  }

  private static func shown(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    switch scalar {
    case "\t", "\n", "\r", "\u{2028}", "\u{2029}": " "
    // C0 and C1 controls and the marks that turn the direction of what follows.
    case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{200E}", "\u{200F}", "\u{202A}"..."\u{202E}",
      "\u{2066}"..."\u{2069}", "\u{FEFF}":
      "\u{FFFD}"
    default: scalar
    }
  }

  /// The most bytes that details take as PostgreSQL writes them.
  static let detailBytes = 2048

  /// The details, each in one line, with the longest cut until all of them fit.
  static func fitting(_ details: [String: String]) -> [String: String] {
    var details = details.mapValues { line($0, limit: detailBytes) }
    while bytes(of: details) > detailBytes {
      guard let (name, text) = details.max(by: { $0.value.utf8.count < $1.value.utf8.count }),
        !text.isEmpty
      else { return [:] }
      let kept = text.unicodeScalars.dropLast(1 + text.unicodeScalars.count / 4)
      details[name] = kept.isEmpty ? "" : String(String.UnicodeScalarView(kept)).cutOff
    }
    return details
  }

  /// How long `jsonb` is as text: `{"name": "value", "name": "value"}`.
  private static func bytes(of details: [String: String]) -> Int {
    details.reduce(2) { $0 + escaped($1.key) + escaped($1.value) + 8 }
  }

  private static func escaped(_ text: String) -> Int {
    text.utf8.reduce(0) { count, byte in
      count + (byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? 2 : 1)
    }
  }
}

extension String {
  /// Marked as the beginning of a longer text.
  fileprivate var cutOff: String { hasSuffix("…") ? self : "\(self)…" }
}
