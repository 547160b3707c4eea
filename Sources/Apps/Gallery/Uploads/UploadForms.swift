import ArtelWeb

/// What a member asks about a file before it is sent.
struct UploadCheckForm: Form {
  let sha256: String

  init(_ fields: inout FormReader) {
    sha256 = fields.string("sha256", .length(64...64), .pattern(.sha256))
  }
}

/// Where a picture is to be fetched from.
struct UploadFetchForm: Form {
  let url: String

  init(_ fields: inout FormReader) {
    url = fields.string("url", .length(8...2000), .pattern(.webAddress))
  }
}

extension FieldPattern {
  /// The SHA-256 of a file, as `sha256sum` prints it.
  fileprivate static let sha256 = FieldPattern("sha256", expression: "^[0-9a-f]{64}$") { text in
    text.utf8.allSatisfy { (0x30...0x39) ~= $0 || (0x61...0x66) ~= $0 }
  }

  /// An address of the web, in visible ASCII.
  fileprivate static let webAddress = FieldPattern(
    "web_address",
    expression: "^https?://[!-~]+$"
  ) { text in
    let scheme = ["http://", "https://"].first { text.hasPrefix($0) }
    guard let scheme, text.utf8.count > scheme.utf8.count else { return false }
    return text.utf8.allSatisfy { (0x21...0x7E) ~= $0 }
  }
}
