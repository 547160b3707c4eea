public import FoundationEssentials

/// A UUID that belongs to one kind of thing, so that a post's id is never taken for a member's.
///
/// Contracts name their ids after a case-less marker:
/// ```swift
/// public enum GalleryPost {}
/// public typealias PostID = Identifier<GalleryPost>
/// ```
/// Ids compare in the order of their bytes, which is PostgreSQL's order of `uuid`; ids made by
/// ``generate()`` therefore sort by time of creation. As text and in JSON an id is the lowercase
/// hyphenated form of RFC 9562.
@frozen
public struct Identifier<Entity>: Hashable, Comparable, Sendable {
  /// The first eight bytes, most significant first.
  public let high: UInt64

  /// The last eight bytes, most significant first.
  public let low: UInt64

  /// Makes an id of the two halves of a UUID, each most significant byte first.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Makes an id of any UUID, whatever its version.
  @inlinable
  public init(_ uuid: UUID) {
    self = withUnsafeBytes(of: uuid.uuid) { bytes in
      Identifier(
        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
      )
    }
  }

  /// The same sixteen bytes as a UUID.
  @inlinable
  public var rawValue: UUID {
    var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    withUnsafeMutableBytes(of: &bytes) { buffer in
      buffer.storeBytes(of: high.bigEndian, as: UInt64.self)
      buffer.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    }
    return UUID(uuid: bytes)
  }

  /// Makes a UUID version 7 that is greater than every other made by this process.
  ///
  /// Cost: one system call for randomness, no lock. Safe from any thread.
  public static func generate() -> Self {
    generate(using: .process)
  }

  /// Makes a UUID version 7 with a generator of the caller's.
  public static func generate(using generator: UUIDv7Generator) -> Self {
    let (high, low) = generator.next()
    return Self(high: high, low: low)
  }

  /// The moment of creation, in milliseconds of UTC, when this is a UUID version 7; otherwise nil.
  public var createdAt: Date? {
    guard (high >> 12) & 0xF == 7, low >> 62 == 0b10 else { return nil }
    return Date(timeIntervalSince1970: Double(high >> 16) / 1000)
  }

  /// Whether `left` comes before `right` by bytes.
  @inlinable
  public static func < (left: Self, right: Self) -> Bool {
    left.high == right.high ? left.low < right.low : left.high < right.high
  }
}
