public import ArtelIdentifiers
public import Foundation

extension String: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .inferred }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(self)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard !cell.type.isFixedLayout else { throw cell.mismatch(String.self) }
    // Every connection speaks UTF-8, and PostgreSQL checks what it stores: nothing needs repair here.
    self = String(decoding: cell.bytes, as: UTF8.self)
  }
}

extension String {
  /// The text as a column takes it: without U+0000, which PostgreSQL refuses in every text, and cut
  /// after `limit` characters, default 1,000.
  ///
  /// For what others have written and nobody may stumble over, such as the words of an error.
  public func storable(limit: Int = 1_000) -> String {
    String(replacing("\0", with: "").prefix(limit))
  }
}

/// Enumerations with text raw values stand for PostgreSQL enum types.
extension PostgresEncodable where Self: RawRepresentable, RawValue == String {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .inferred }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(rawValue)
  }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue == String {
  /// Reads the value; other types and lengths are refused.
  @inlinable
  public init(from cell: PostgresCell) throws {
    guard let value = Self(rawValue: try String(from: cell)) else { throw cell.mismatch(Self.self) }
    self = value
  }
}

extension UUID: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .uuid }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    withUnsafeBytes(of: uuid) { bytes.append($0) }
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .uuid, cell.bytes.count == 16 else { throw cell.mismatch(UUID.self) }
    self.init(uuid: cell.bytes.loadUnaligned(as: uuid_t.self))
  }
}

extension Identifier: PostgresCodable {
  /// The type announced to the server.
  public static var postgresType: PostgresType { .uuid }

  /// Writes the value in the binary format of its type.
  @inlinable
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(high)
    bytes.write(low)
  }

  /// Reads the value; other types and lengths are refused.
  @inlinable
  public init(from cell: PostgresCell) throws {
    guard cell.type == .uuid, cell.bytes.count == 16 else { throw cell.mismatch(Self.self) }
    self.init(high: try cell.integer(UInt64.self), low: try cell.integer(UInt64.self, at: 8))
  }
}

/// A `bytea` value.
public struct Bytea: PostgresCodable, Hashable {
  /// The bytes.
  public var bytes: [UInt8]

  /// Copies the bytes.
  public init(_ bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes)
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { .bytea }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.append(self.bytes)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    guard cell.type == .bytea else { throw cell.mismatch(Bytea.self) }
    bytes = Array(cell.bytes)
  }
}

/// A `json` or `jsonb` value as its UTF-8 text; sent as `jsonb`.
public struct JSONText: PostgresCodable, Hashable {
  /// The JSON document.
  public var text: String

  /// Wraps a document; it is checked by the server.
  public init(_ text: String) {
    self.text = text
  }

  /// Encodes a value with Foundation's encoder.
  public init(encoding value: some Encodable) throws {
    text = String(decoding: try JSONEncoder().encode(value), as: UTF8.self)
  }

  /// Decodes the document with Foundation's decoder.
  public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
    try JSONDecoder().decode(type, from: Data(text.utf8))
  }

  /// The type announced to the server.
  public static var postgresType: PostgresType { .jsonb }

  /// Writes the value in the binary format of its type.
  public func encode(to bytes: inout PostgresBytes) {
    bytes.write(UInt8(1))
    bytes.write(text)
  }

  /// Reads the value; other types and lengths are refused.
  public init(from cell: PostgresCell) throws {
    switch cell.type {
    case .json:
      text = String(decoding: cell.bytes, as: UTF8.self)
    case .jsonb where cell.bytes.first == 1:
      text = String(decoding: cell.bytes.dropFirst(), as: UTF8.self)
    default:
      throw cell.mismatch(JSONText.self)
    }
  }
}
