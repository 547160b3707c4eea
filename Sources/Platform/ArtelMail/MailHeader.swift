import FoundationEssentials

/// Header lines of a mail, folded and encoded (RFC 5322, RFC 2047).
enum MailHeader {
  /// A header whose value is text of any script.
  static func line(_ name: String, _ text: String) -> String {
    "\(name): \(encoded(text))"
  }

  /// A header whose value is an address.
  static func line(_ name: String, _ address: MailAddress) -> String {
    guard let person = address.name, !person.isEmpty else { return "\(name): <\(address.text)>" }
    let words = isPlain(person) ? quoted(person) : encoded(person)
    // On a line of its own, so that a long name and a long address never make a line too long.
    return "\(name): \(words)\r\n <\(address.text)>"
  }

  /// A domain that may stand in a Message-ID; one of another script becomes a fixed one.
  static func asciiDomain(_ domain: String) -> String {
    domain.utf8.allSatisfy { $0 < 0x80 } ? domain : "artel.invalid"
  }

  /// ASCII as it is when it is short; otherwise encoded words of at most 75 characters, each of whole
  /// characters.
  private static func encoded(_ text: String) -> String {
    if isPlain(text), text.utf8.count <= 66, !text.contains("=?") { return text }
    var words: [String] = []
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      let letter = Array(String(scalar).utf8)
      // 39 bytes are 52 characters of base 64, and 12 stand around them: with the name of the header
      // before them at most 76.
      if bytes.count + letter.count > 39 {
        words.append(word(bytes))
        bytes = []
      }
      bytes += letter
    }
    words.append(word(bytes))
    return words.joined(separator: "\r\n ")
  }

  private static func word(_ bytes: [UInt8]) -> String {
    "=?UTF-8?B?\(Data(bytes).base64EncodedString())?="
  }

  private static func isPlain(_ text: String) -> Bool {
    text.utf8.allSatisfy { 0x20...0x7E ~= $0 } && text.utf8.count <= 66 && !text.contains("=?")
  }

  private static func quoted(_ text: String) -> String {
    "\""
      + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      + "\""
  }
}

/// Text as ASCII lines of at most 76 characters (RFC 2045, section 6.7).
enum QuotedPrintable {
  /// Encodes text; LF, CRLF and CR all become line breaks.
  static func encode(_ text: String) -> String {
    let unified = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    return unified.split(separator: "\n", omittingEmptySubsequences: false)
      .map { line(String($0)) }
      .joined(separator: "\r\n")
  }

  private static func line(_ text: String) -> String {
    var result = ""
    var width = 0
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      let isLast = index == bytes.count - 1
      let token = token(byte, isLast: isLast)
      // One place is kept for the `=` of a soft line break.
      if width + token.utf8.count > 75 {
        result += "=\r\n"
        width = 0
      }
      result += token
      width += token.utf8.count
    }
    return result
  }

  /// White space at the end of a line would be lost on the way.
  private static func token(_ byte: UInt8, isLast: Bool) -> String {
    let isBlank = byte == 0x20 || byte == 0x09
    let isPlain = (0x21...0x7E ~= byte && byte != UInt8(ascii: "=")) || (isBlank && !isLast)
    if isPlain { return String(UnicodeScalar(byte)) }
    let digits = String(byte, radix: 16, uppercase: true)
    return "=" + (digits.count == 1 ? "0" : "") + digits
  }
}

/// Dates of mail headers (RFC 5322, section 3.3), in UTC.
enum MailDate {
  private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  static func text(_ date: Date) -> String {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let parts = calendar.dateComponents(
      [.weekday, .day, .month, .year, .hour, .minute, .second],
      from: date
    )
    let time = [parts.hour, parts.minute, parts.second].map { twoDigits($0 ?? 0) }
    let day = "\(days[(parts.weekday ?? 1) - 1]), \(twoDigits(parts.day ?? 1))"
    let month = "\(months[(parts.month ?? 1) - 1]) \(parts.year ?? 1970)"
    return "\(day) \(month) \(time.joined(separator: ":")) +0000"
  }

  private static func twoDigits(_ number: Int) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}
