public import Foundation

/// Makes texts and times of another system fit the columns here.
public enum ForeignText {
  /// One line: white space as single spaces, nothing at the ends, no control characters or marks that turn
  /// the direction of what follows; longer than `limit` code points it is cut and ends in `…`.
  public static func line(_ text: String?, limit: Int) -> (text: String, isCut: Bool) {
    let words = (text ?? "").unicodeScalars.split { $0.properties.isWhitespace }
    let lines = words.map { word in String(String.UnicodeScalarView(word.filter(isVisible))) }
    return cut(lines.filter { !$0.isEmpty }.joined(separator: " "), limit: limit)
  }

  /// Lines: as ``line(_:limit:)``, but what stands between the ends stays as it is, and lines end in `\n`.
  public static func lines(_ text: String?, limit: Int) -> (text: String, isCut: Bool) {
    let unified = (text ?? "").replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    let scalars = unified.unicodeScalars.filter { $0 == "\n" || $0 == "\t" || isVisible($0) }
    let clean = String(String.UnicodeScalarView(scalars))
    return cut(clean.trimmingCharacters(in: .whitespacesAndNewlines), limit: limit)
  }

  /// A time between 1970 and `now`: what lies outside would stand at the wrong end of every list for ever.
  ///
  /// `now` also where there is none.
  public static func time(_ time: Date?, now: Date) -> (time: Date, isMoved: Bool) {
    guard let time else { return (now, true) }
    let fitting = min(max(time, Date(timeIntervalSince1970: 0)), now)
    return (fitting, fitting != time)
  }

  private static func cut(_ text: String, limit: Int) -> (text: String, isCut: Bool) {
    guard text.unicodeScalars.count > limit else { return (text, false) }
    var kept = ""
    var count = 0
    // By characters: half of an emoji is another one.
    for character in text {
      count += character.unicodeScalars.count
      guard count < limit else { break }
      kept.append(character)
    }
    return (kept + "…", true)
  }

  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F: false
    case 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: false
    default: true
    }
  }
}
