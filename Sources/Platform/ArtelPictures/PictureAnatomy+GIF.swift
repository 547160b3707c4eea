/// GIF89a, with the application extensions for looping and color profiles.
extension PictureAnatomy {
  private static let keptApplications = ["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012"]

  mutating func readGIF(_ bytes: [UInt8]) throws(PictureError) {
    var cursor = ByteCursor(bytes)
    try cursor.take(6)
    widthPixels = try cursor.little(2)
    heightPixels = try cursor.little(2)
    let flags = try cursor.byte()
    try cursor.take(2)
    try Self.takeColors(flags, &cursor)
    keep(0..<cursor.position)
    frames = 0
    while true {
      let start = cursor.position
      if cursor.isAtEnd, frames > 0 {
        // Many programs forget the end mark.
        insert([0x3B])
        return
      }
      switch try cursor.byte() {
      case 0x3B:
        guard frames > 0 else { throw .damaged }
        keep(start..<cursor.position)
        return
      case 0x21:
        if try Self.takeExtension(&cursor) {
          keep(start..<cursor.position)
        }
      case 0x2C:
        try takeFrame(&cursor)
        keep(start..<cursor.position)
      default:
        throw .damaged
      }
    }
  }

  /// Passes over an extension; true when it is kept.
  private static func takeExtension(_ cursor: inout ByteCursor) throws(PictureError) -> Bool {
    let label = try cursor.byte()
    let application = ByteCursor(cursor.bytes, in: cursor.position..<cursor.end)
    try takeBlocks(&cursor)
    switch label {
    case 0xF9: return true
    case 0xFF: return keptApplications.contains { application.starts(with: [11] + Array($0.utf8)) }
    default: return false
    }
  }

  private mutating func takeFrame(_ cursor: inout ByteCursor) throws(PictureError) {
    let (left, top) = (try cursor.little(2), try cursor.little(2))
    let (width, height) = (try cursor.little(2), try cursor.little(2))
    guard width > 0, height > 0 else { throw .damaged }
    // Decoders enlarge the picture for a frame that reaches beyond it.
    widthPixels = max(widthPixels, left + width)
    heightPixels = max(heightPixels, top + height)
    frames += 1
    let flags = try cursor.byte()
    try Self.takeColors(flags, &cursor)
    guard (2...11).contains(try cursor.byte()) else { throw .damaged }
    try Self.takeBlocks(&cursor)
  }

  private static func takeColors(_ flags: UInt8, _ cursor: inout ByteCursor) throws(PictureError) {
    if flags & 0x80 != 0 {
      try cursor.take(3 << (Int(flags & 7) + 1))
    }
  }

  /// Passes over blocks up to the empty one.
  private static func takeBlocks(_ cursor: inout ByteCursor) throws(PictureError) {
    while true {
      let length = Int(try cursor.byte())
      guard length > 0 else { return }
      try cursor.take(length)
    }
  }
}
