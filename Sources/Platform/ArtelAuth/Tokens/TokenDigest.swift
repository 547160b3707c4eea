import Crypto

/// The SHA-256 of a token, under which the token is stored and cached.
public struct TokenDigest: Sendable {
  private let words: (UInt64, UInt64, UInt64, UInt64)

  /// Hashes the UTF-8 of `text`.
  init(hashing text: String) {
    var text = text
    var hash = SHA256()
    text.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
    words = hash.finalize().withUnsafeBytes { bytes in
      func word(_ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      }
      return (word(0), word(1), word(2), word(3))
    }
  }

  /// Reads a stored digest; nil unless it has 32 bytes.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 32 else { return nil }
    words = bytes.withUnsafeBytes { bytes in
      func word(_ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: 8 * index, as: UInt64.self)
      }
      return (word(0), word(1), word(2), word(3))
    }
  }

  /// The 32 bytes to store.
  public var bytes: [UInt8] {
    withUnsafeBytes(of: words) { Array($0) }
  }

  /// A part of the digest that spreads digests evenly over a power of two.
  var spread: Int {
    Int(truncatingIfNeeded: words.1)
  }
}

extension TokenDigest: Hashable {
  /// Whether both digests are the same; takes the same time for any two.
  public static func == (left: TokenDigest, right: TokenDigest) -> Bool {
    let difference =
      (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1)
      | (left.words.2 ^ right.words.2) | (left.words.3 ^ right.words.3)
    return difference == 0
  }

  /// Feeds eight bytes: those of a SHA-256 are as good as all.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.0)
  }
}
