public import ArtelIdentifiers
public import FoundationEssentials

/// A place in a list ordered by time and id: the page after it begins with the next item.
///
/// As text it is base64url of 24 bytes (microseconds since 1970 and the id, most significant byte
/// first); callers must treat it as opaque. It grants nothing: whatever it says, the list shows
/// what the caller may see.
public struct Cursor: Sendable, Hashable, LosslessStringConvertible {
  /// The time of the last item, microseconds since 1970 UTC, as PostgreSQL keeps it.
  public var microsecondsSince1970: Int

  /// The id of the last item.
  public var id: UUID

  /// Makes a cursor that points behind an item.
  public init<Entity>(_ date: Date, _ id: Identifier<Entity>) {
    microsecondsSince1970 = date.microsecondsSince1970
    self.id = id.rawValue
  }

  /// The time of the last item.
  public var date: Date { Date(microsecondsSince1970: microsecondsSince1970) }

  /// The id of the last item, of the kind the list holds.
  public func id<Entity>(as type: Identifier<Entity>.Type) -> Identifier<Entity> {
    Identifier(id)
  }

  /// Reads the text of a cursor; nil for anything this server did not make.
  public init?(_ text: String) {
    guard text.utf8.count == 32, let bytes = Base64URL.decode(text), bytes.count == 24 else {
      return nil
    }
    let words = bytes.withUnsafeBytes { buffer in
      (0..<3).map {
        UInt64(bigEndian: buffer.loadUnaligned(fromByteOffset: $0 * 8, as: UInt64.self))
      }
    }
    // The years 1 to 9999, so that no later arithmetic on the date can overflow.
    microsecondsSince1970 = Int(Int64(bitPattern: words[0]))
    guard (-62_135_596_800_000_000...253_402_300_799_999_999).contains(microsecondsSince1970) else {
      return nil
    }
    id = Identifier<Cursor>(high: words[1], low: words[2]).rawValue
  }

  /// The opaque text: 32 letters, digits, `-` and `_`.
  public var description: String {
    let place = Identifier<Cursor>(id)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(24)
    for word in [UInt64(bitPattern: Int64(microsecondsSince1970)), place.high, place.low] {
      withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
    }
    return Base64URL.encode(bytes)
  }
}

extension Cursor: JSONWritable {
  /// Writes the opaque text.
  public func write(to json: inout JSONWriter) { json.value(description) }
}
