/// What the headers of a part say about it.
public struct MultipartPart: Sendable, Equatable {
  /// The name of the field.
  public var name: String

  /// The file's name as the sender gave it, without folders; nil for a text field.
  ///
  /// Empty when a page's file input was left empty. Shown at most, never used as a path.
  public var filename: String?

  /// The content type as the sender claims it; what the bytes are must be found out from them.
  public var contentType: String?

  /// Reads the header block of a part, without its closing empty line.
  ///
  /// Source: RFC 7578, 4; WHATWG HTML, 4.10.21.8.
  init(headerBlock: [UInt8]) throws(MultipartError) {
    guard let text = String(validating: headerBlock, as: UTF8.self) else {
      throw .malformed("headers are not UTF-8")
    }
    var disposition: String?
    for line in text.split(separator: "\r\n") {
      guard let colon = line.firstIndex(of: ":") else { throw .malformed("a header without colon") }
      let value = line[line.index(after: colon)...].trimmingSpaces()
      switch line[..<colon].lowercased() {
      case "content-disposition": disposition = String(value)
      case "content-type": contentType = String(value)
      case "content-transfer-encoding":
        guard ["binary", "8bit", "7bit"].contains(value.lowercased()) else {
          throw .malformed("an encoded part")
        }
      default: break
      }
    }
    guard let disposition else { throw .malformed("a part without Content-Disposition") }
    let parameters = try DispositionParameters(disposition)
    guard parameters.kind == "form-data" else { throw .malformed("a part that is no form data") }
    guard let name = parameters["name"] else { throw .malformed("a part without name") }
    self.name = name
    filename = (parameters.extended("filename*") ?? parameters["filename"]).map(Self.withoutFolders)
  }

  private static func withoutFolders(_ name: String) -> String {
    let last = name.split(omittingEmptySubsequences: false) { $0 == "/" || $0 == "\\" }.last ?? ""
    let printable = last.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
    return String(String.UnicodeScalarView(printable.prefix(255)))
  }
}

/// The parameters of a `Content-Disposition` header.
private struct DispositionParameters {
  let kind: String
  private var values: [String: String] = [:]

  init(_ header: String) throws(MultipartError) {
    var rest = header[...]
    kind = rest.cut(upTo: ";").trimmingSpaces().lowercased()
    while !rest.isEmpty {
      let name = rest.cut(upTo: "=").trimmingSpaces().lowercased()
      rest = rest.drop { $0 == " " || $0 == "\t" }
      if name.isEmpty, rest.isEmpty { break }
      let value: String
      if rest.first == "\"" {
        rest.removeFirst()
        value = try rest.cutQuoted()
        guard rest.cut(upTo: ";").trimmingSpaces().isEmpty else {
          throw .malformed("text after a quoted name")
        }
      } else {
        value = String(rest.cut(upTo: ";").trimmingSpaces())
      }
      if values[name] == nil { values[name] = value }
    }
  }

  subscript(_ name: String) -> String? {
    // Browsers write these three, and nothing else, percent-encoded.
    values[name].map { value in
      value.contains("%")
        ? value.replacing("%22", with: "\"").replacing("%0D", with: "\r").replacing(
          "%0A",
          with: "\n"
        )
        : value
    }
  }

  /// A value in the form `UTF-8''percent%20encoded`; nil when absent or in another encoding.
  func extended(_ name: String) -> String? {
    guard let value = values[name] else { return nil }
    let parts = value.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].lowercased() == "utf-8" else { return nil }
    return PercentEncoding.decode(parts[2], plusIsSpace: false)
  }
}

extension Substring {
  /// Removes and returns what stands before a character, and removes the character.
  fileprivate mutating func cut(upTo character: Character) -> Substring {
    guard let end = firstIndex(of: character) else {
      defer { self = "" }
      return self
    }
    defer { self = self[index(after: end)...] }
    return self[..<end]
  }

  /// Removes and returns the rest of a quoted text, whose opening quote is gone.
  fileprivate mutating func cutQuoted() throws(MultipartError) -> String {
    var text = ""
    while let character = popFirst() {
      switch character {
      case "\"": return text
      case "\\" where first == "\"" || first == "\\": text.append(removeFirst())
      default: text.append(character)
      }
    }
    throw .malformed("a quote that does not end")
  }
}
