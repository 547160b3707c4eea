extension Identifier: Codable {
  /// Reads the text form from a single string value.
  ///
  /// - Throws: `DecodingError.dataCorrupted` when the string is no UUID; the message does not
  ///   repeat the string.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    guard let identifier = Self(try container.decode(String.self)) else {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "This is not a UUID.")
    }
    self = identifier
  }

  /// Writes the text form as a single string value.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

extension Identifier: CodingKeyRepresentable {
  /// The text form as a key, so that a dictionary by id becomes a JSON object.
  public var codingKey: any CodingKey { IdentifierKey(stringValue: description) }

  /// Reads the text form from a key; nil when it is no UUID.
  public init?(codingKey: some CodingKey) {
    self.init(codingKey.stringValue)
  }
}

private struct IdentifierKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(stringValue: String) {
    self.stringValue = stringValue
  }

  init?(intValue: Int) {
    return nil
  }
}
