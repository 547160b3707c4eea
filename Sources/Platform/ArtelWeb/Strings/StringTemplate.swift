/// A text of the catalog, split at its placeholders: `Signed in as {name}`.
struct StringTemplate: Sendable, Equatable {
  enum Segment: Sendable, Equatable {
    case text(String)
    case placeholder(String)
  }

  let segments: [Segment]

  /// A brace that does not enclose a name is text.
  init(_ text: String) {
    var segments: [Segment] = []
    var plain = ""
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{") {
      plain += rest[..<brace]
      let after = rest[rest.index(after: brace)...]
      if let end = after.firstIndex(of: "}"), Self.isName(after[..<end]) {
        if !plain.isEmpty { segments.append(.text(plain)) }
        plain = ""
        segments.append(.placeholder(String(after[..<end])))
        rest = after[after.index(after: end)...]
      } else {
        plain += "{"
        rest = after
      }
    }
    plain += rest
    if !plain.isEmpty { segments.append(.text(plain)) }
    self.segments = segments
  }

  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
          true
        default: false
        }
      }
  }

  /// The names in braces.
  var placeholders: Set<String> {
    var names: Set<String> = []
    for case .placeholder(let name) in segments { names.insert(name) }
    return names
  }

  /// The text with values in place; a placeholder without a value stays visible.
  func text(_ values: [String: String]) -> String {
    segments.map { segment in
      switch segment {
      case .text(let text): text
      case .placeholder(let name): values[name] ?? "{\(name)}"
      }
    }.joined()
  }

  /// The same as a template for HTML: text escaped, placeholders as escaped variables.
  var mustache: String {
    segments.map { segment in
      switch segment {
      case .text(let text): HTML.escape(text)
      case .placeholder(let name): "{{\(name)}}"
      }
    }.joined()
  }
}

/// Escaping for HTML text and quoted attributes.
enum HTML {
  static func escape(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "<"): bytes.append(contentsOf: "&lt;".utf8)
      case UInt8(ascii: ">"): bytes.append(contentsOf: "&gt;".utf8)
      case UInt8(ascii: "&"): bytes.append(contentsOf: "&amp;".utf8)
      case UInt8(ascii: "\""): bytes.append(contentsOf: "&quot;".utf8)
      case UInt8(ascii: "'"): bytes.append(contentsOf: "&#39;".utf8)
      // A template would take double braces for a tag.
      case UInt8(ascii: "{"): bytes.append(contentsOf: "&#123;".utf8)
      case UInt8(ascii: "}"): bytes.append(contentsOf: "&#125;".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
