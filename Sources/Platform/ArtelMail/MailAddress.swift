/// An address of a mail's head, with the name that stands before it: `Artel <post@example.org>`.
///
/// The check is against what could break out of a header or an SMTP command, no more: one `@` with
/// something on both sides, no white space, no control character, no angle bracket.
public struct MailAddress: Sendable, Hashable {
  /// The address alone, such as `post@example.org`.
  public let text: String
  /// The name that mail programs show; nil for none.
  public let name: String?

  /// Checks an address.
  ///
  /// - Throws: ``DeliveryError`` of code `malformed`.
  public init(_ address: String, name: String? = nil) throws {
    let parts = address.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), address.utf8.count <= 254,
      address.unicodeScalars.allSatisfy({ Self.isAllowed($0) && !$0.properties.isWhitespace }),
      !address.contains(where: { #"<>,;"\"#.contains($0) }),
      name?.unicodeScalars.allSatisfy(Self.isAllowed) ?? true
    else { throw DeliveryError(.malformed, "is no address or name that can stand in a mail") }
    text = address
    self.name = name
  }

  /// Reads `post@example.org` or `Artel <post@example.org>`, the name with or without quotes.
  ///
  /// - Throws: ``DeliveryError`` of code `malformed`.
  public init(parsing text: String) throws {
    guard text.hasSuffix(">"), let open = text.lastIndex(of: "<") else {
      try self.init(text)
      return
    }
    var name = text[..<open].drop { $0 == " " }
    while name.last == " " { name.removeLast() }
    if name.count >= 2, name.first == "\"", name.last == "\"" { name = name.dropFirst().dropLast() }
    let address = text[text.index(after: open)...].dropLast()
    try self.init(String(address), name: name.isEmpty ? nil : String(name))
  }

  /// What stands behind the `@`.
  var domain: String { String(text.drop { $0 != "@" }.dropFirst()) }

  /// No control characters, and no separators that some programs take for line breaks.
  static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: false
    default: true
    }
  }
}
