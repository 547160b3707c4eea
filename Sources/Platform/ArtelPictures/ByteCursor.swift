import Glibc

/// Reads a file's bytes in order; running over the end means the picture is damaged.
struct ByteCursor {
  let bytes: [UInt8]
  private(set) var position: Int
  let end: Int

  init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
    self.bytes = bytes
    position = range?.lowerBound ?? 0
    end = range?.upperBound ?? bytes.count
  }

  var isAtEnd: Bool { position == end }

  mutating func byte() throws(PictureError) -> UInt8 {
    guard position < end else { throw .damaged }
    defer { position += 1 }
    return bytes[position]
  }

  /// A number of `width` bytes, most significant first.
  mutating func big(_ width: Int) throws(PictureError) -> Int {
    var value = 0
    for _ in 0..<width {
      value = value << 8 | Int(try byte())
    }
    return value
  }

  /// A number of `width` bytes, least significant first.
  mutating func little(_ width: Int) throws(PictureError) -> Int {
    var value = 0
    for index in 0..<width {
      value |= Int(try byte()) << (8 * index)
    }
    return value
  }

  /// Passes over `count` bytes and says where they were.
  @discardableResult
  mutating func take(_ count: Int) throws(PictureError) -> Range<Int> {
    guard count >= 0, count <= end - position else { throw .damaged }
    defer { position += count }
    return position..<position + count
  }

  /// Whether the bytes here are those of `text`.
  func starts(with text: some Collection<UInt8>) -> Bool {
    bytes[position..<end].starts(with: text)
  }

  /// Moves to the next 0xFF.
  mutating func skipToMarker() throws(PictureError) {
    // A loop over the array takes seconds for 25 MiB in a debug build.
    let distance = bytes.withUnsafeBytes { bytes -> Int? in
      let rest = bytes[position..<end]
      guard let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        let marker = memchr(start, 0xFF, rest.count)
      else { return nil }
      return UnsafeRawPointer(marker) - start
    }
    guard let distance else { throw .damaged }
    position += distance
  }
}
