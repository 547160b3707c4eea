/// RFC 9649: a RIFF container of chunks.
extension PictureAnatomy {
  private static let profileFlag = UInt8(0x20)
  private static let exifFlag = UInt8(0x08)
  private static let xmpFlag = UInt8(0x04)

  mutating func readWebP(_ bytes: [UInt8]) throws(PictureError) {
    var cursor = ByteCursor(bytes)
    try cursor.take(4)
    let length = try cursor.little(4)
    guard length >= 4, length <= bytes.count - 8 else { throw .damaged }
    cursor = ByteCursor(bytes, in: 12..<8 + length)

    if cursor.starts(with: "VP8X".utf8) {
      try readExtended(&cursor)
    } else {
      let (name, chunk, content) = try Self.takeChunk(&cursor)
      (widthPixels, heightPixels) = try Self.size(name, ByteCursor(bytes, in: content))
      keep(chunk)
    }
    let size = UInt32(sizeBytes + 4)
    insert(
      Array("RIFF".utf8) + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
        + "WEBP".utf8,
      at: 0
    )
  }

  private mutating func readExtended(_ cursor: inout ByteCursor) throws(PictureError) {
    let bytes = cursor.bytes
    let header = try Self.takeChunk(&cursor).content
    guard header.count == 10 else { throw .damaged }
    var content = ByteCursor(bytes, in: header)
    let flags = try content.byte() & ~(Self.exifFlag | Self.xmpFlag)
    try content.take(3)
    widthPixels = try content.little(3) + 1
    heightPixels = try content.little(3) + 1
    insert(Array("VP8X".utf8) + [10, 0, 0, 0, flags] + bytes[header.dropFirst()])

    var images = 0
    var animationFrames = 0
    while !cursor.isAtEnd {
      let (name, chunk, content) = try Self.takeChunk(&cursor)
      switch name {
      case "VP8 ", "VP8L":
        let size = try Self.size(name, ByteCursor(bytes, in: content))
        guard size == (widthPixels, heightPixels) else { throw .damaged }
        images += 1
        keep(chunk)
      case "ANMF":
        try checkFrame(ByteCursor(bytes, in: content))
        animationFrames += 1
        keep(chunk)
      case "ICCP" where flags & Self.profileFlag != 0, "ANIM", "ALPH":
        keep(chunk)
      case "EXIF":
        let hasPrefix = ByteCursor(bytes, in: content).starts(with: Array("Exif\0\0".utf8))
        orientation = ExifOrientation.read(bytes, in: content.dropFirst(hasPrefix ? 6 : 0))
      default:
        break
      }
    }
    guard images == 1 || images == 0 && animationFrames > 0 else { throw .damaged }
    frames = max(1, animationFrames)
  }

  /// Passes over a chunk and its padding.
  private static func takeChunk(
    _ cursor: inout ByteCursor
  ) throws(PictureError) -> (name: String, chunk: Range<Int>, content: Range<Int>) {
    let start = cursor.position
    let name = String(decoding: cursor.bytes[try cursor.take(4)], as: UTF8.self)
    let length = try cursor.little(4)
    let content = try cursor.take(length)
    try cursor.take(length % 2)
    return (name, start..<cursor.position, content)
  }

  /// Width and height of a lossy (RFC 6386, 9.1) or lossless picture.
  private static func size(
    _ name: String,
    _ content: ByteCursor
  ) throws(PictureError) -> (Int, Int) {
    var content = content
    switch name {
    case "VP8 ":
      try content.take(3)
      guard try content.big(3) == 0x9D012A else { throw .damaged }
      return (try content.little(2) & 0x3FFF, try content.little(2) & 0x3FFF)
    case "VP8L":
      guard try content.byte() == 0x2F else { throw .damaged }
      let bits = try content.little(4)
      return ((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    default:
      throw .damaged
    }
  }

  private func checkFrame(_ content: ByteCursor) throws(PictureError) {
    var content = content
    let (left, top) = (try content.little(3) * 2, try content.little(3) * 2)
    let (width, height) = (try content.little(3) + 1, try content.little(3) + 1)
    guard left + width <= widthPixels, top + height <= heightPixels else { throw .damaged }
  }
}
