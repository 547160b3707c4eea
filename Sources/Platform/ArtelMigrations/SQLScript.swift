/// The statements of a SQL file, told apart as `psql` does (PostgreSQL manual 4.1).
struct SQLScript: Equatable, Sendable {
  /// One statement without its semicolon.
  struct Statement: Equatable, Sendable {
    /// The text from its first word on.
    let text: String
    /// The line of its first word, counted from 1.
    let line: Int
    /// Its words in lower case, without comments, literals and quoted names; quoted names stay as
    /// they are, with their quotes.
    let words: [String]
  }

  let statements: [Statement]

  init(_ text: String) {
    var scanner = Scanner(bytes: Array(text.utf8))
    statements = scanner.statements()
  }
}

/// Reads bytes; every character with a meaning of its own is ASCII.
private struct Scanner {
  private let bytes: [UInt8]
  private var position = 0
  private var line = 1

  private var start: Int?
  private var startLine = 1
  private var words: [String] = []
  private var parentheses = 0
  /// Depth in `begin atomic … end`, whose semicolons do not end the statement.
  private var bodies = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  mutating func statements() -> [SQLScript.Statement] {
    var result: [SQLScript.Statement] = []
    while let byte = peek() {
      if byte == UInt8(ascii: ";"), parentheses == 0, bodies == 0 {
        finish(into: &result)
        advance()
      } else {
        step(byte)
      }
    }
    finish(into: &result)
    return result
  }

  private mutating func finish(into result: inout [SQLScript.Statement]) {
    if let start {
      var text = bytes[start..<position]
      while text.last.map(isSpace) == true { text.removeLast() }
      result.append(
        SQLScript.Statement(
          text: String(decoding: text, as: UTF8.self),
          line: startLine,
          words: words
        )
      )
    }
    start = nil
    words = []
    parentheses = 0
    bodies = 0
  }

  private mutating func step(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "-") where peek(1) == UInt8(ascii: "-"): skipLine()
    case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipComment()
    case _ where isSpace(byte): advance()
    default:
      begin()
      switch byte {
      case UInt8(ascii: "'"): skipQuoted(byte, backslashes: false)
      case UInt8(ascii: "\""): takeQuotedName()
      case UInt8(ascii: "$"): skipDollarQuoted()
      case UInt8(ascii: "("):
        parentheses += 1
        advance()
      case UInt8(ascii: ")"):
        parentheses = max(0, parentheses - 1)
        advance()
      case _ where isWord(byte): takeWord()
      default: advance()
      }
    }
  }

  private mutating func begin() {
    guard start == nil else { return }
    start = position
    startLine = line
  }

  private mutating func takeWord() {
    let from = position
    while let byte = peek(), isWord(byte) || byte == UInt8(ascii: "$") { advance() }
    let word = String(decoding: bytes[from..<position], as: UTF8.self).lowercased()
    if word == "e", peek() == UInt8(ascii: "'") {
      skipQuoted(UInt8(ascii: "'"), backslashes: true)
      return
    }
    if word == "atomic", words.last == "begin" {
      bodies += 1
    } else if bodies > 0, word == "case" {
      bodies += 1
    } else if bodies > 0, word == "end" {
      bodies -= 1
    }
    words.append(word)
  }

  private mutating func takeQuotedName() {
    let from = position
    skipQuoted(UInt8(ascii: "\""), backslashes: false)
    words.append(String(decoding: bytes[from..<position], as: UTF8.self))
  }

  private mutating func skipQuoted(_ quote: UInt8, backslashes: Bool) {
    advance()
    while let byte = peek() {
      advance()
      if backslashes, byte == UInt8(ascii: "\\") {
        advance()
      } else if byte == quote {
        // A doubled quote stands for one of them.
        guard peek() == quote else { return }
        advance()
      }
    }
  }

  /// Skips `$tag$ … $tag$`; anything else that starts with `$` is a parameter.
  private mutating func skipDollarQuoted() {
    let from = position
    advance()
    if let byte = peek(), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { return }
    while let byte = peek(), isWord(byte) { advance() }
    guard peek() == UInt8(ascii: "$") else { return }
    advance()
    let tag = bytes[from..<position]
    while position < bytes.count {
      if bytes[position...].starts(with: tag) {
        for _ in tag { advance() }
        return
      }
      advance()
    }
  }

  private mutating func skipLine() {
    while let byte = peek(), byte != UInt8(ascii: "\n") { advance() }
  }

  private mutating func skipComment() {
    var depth = 0
    while let byte = peek() {
      if byte == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
        depth += 1
        advance()
      } else if byte == UInt8(ascii: "*"), peek(1) == UInt8(ascii: "/") {
        depth -= 1
        advance()
      }
      advance()
      if depth == 0 { return }
    }
  }

  private func peek(_ offset: Int = 0) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  private mutating func advance() {
    guard position < bytes.count else { return }
    if bytes[position] == UInt8(ascii: "\n") { line += 1 }
    position += 1
  }

  private func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (0x09...0x0d).contains(byte)
  }

  private func isWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...0xff:
      true
    default: false
    }
  }
}
