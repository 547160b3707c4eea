public import Crypto

/// The SHA-256 of a blob's bytes: its name in a ``BlobStore``.
///
/// Its text is 64 lowercase hexadecimal characters, as `sha256sum` prints.
public struct Digest: Hashable, Sendable {
  private let words: InlineArray<4, UInt64>

  /// Takes exactly 32 bytes; nil for any other number.
  public init?(bytes: some Collection<UInt8>) {
    guard bytes.count == 32 else { return nil }
    var words = InlineArray<4, UInt64>(repeating: 0)
    for (index, byte) in bytes.enumerated() {
      words[index / 8] = words[index / 8] << 8 | UInt64(byte)
    }
    self.words = words
  }

  /// Takes exactly 64 hexadecimal characters in either case; nil for anything else.
  public init?(hex: some StringProtocol) {
    let characters = Array(hex.utf8)
    guard characters.count == 64 else { return nil }
    var words = InlineArray<4, UInt64>(repeating: 0)
    for (index, character) in characters.enumerated() {
      let digit: UInt8
      switch character {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = character - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = character - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = character - UInt8(ascii: "A") + 10
      default: return nil
      }
      words[index / 16] = words[index / 16] << 4 | UInt64(digit)
    }
    self.words = words
  }

  /// Wraps a finished hash.
  public init(_ digest: SHA256.Digest) {
    var words = InlineArray<4, UInt64>(repeating: 0)
    digest.withUnsafeBytes { bytes in
      for (index, byte) in bytes.enumerated() {
        words[index / 8] = words[index / 8] << 8 | UInt64(byte)
      }
    }
    self.words = words
  }

  /// The 32 bytes, most significant first.
  public var bytes: [UInt8] {
    (0..<32).map { UInt8(truncatingIfNeeded: words[$0 / 8] >> UInt64(56 - $0 % 8 * 8)) }
  }

  /// The 64 lowercase hexadecimal characters.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(unsafeUninitializedCapacity: 64) { text in
      for (index, byte) in bytes.enumerated() {
        text[index * 2] = digits[Int(byte >> 4)]
        text[index * 2 + 1] = digits[Int(byte & 15)]
      }
      return 64
    }
  }

  /// Whether all bytes agree.
  public static func == (left: Digest, right: Digest) -> Bool {
    (0..<4).allSatisfy { left.words[$0] == right.words[$0] }
  }

  /// Feeds the first eight bytes, which are as random as all of them.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words[0])
  }
}

extension Digest: LosslessStringConvertible {
  /// Same as ``init(hex:)``.
  public init?(_ description: String) {
    self.init(hex: description)
  }

  /// Same as ``hex``.
  public var description: String { hex }
}
