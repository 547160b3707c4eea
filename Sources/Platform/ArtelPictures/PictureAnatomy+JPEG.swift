/// ITU-T T.81, annex B; the application segments are those of JFIF, ICC.1 (annex B.4), Adobe and
/// EXIF.
extension PictureAnatomy {
  /// More scans than any camera or program writes; each one costs a pass over all pixels.
  private static let scanLimit = 100

  /// The segments between the start and the end of the picture, seen so far.
  private struct Progress {
    var hasFrame = false
    var hasJFIF = false
    var hasEXIF = false
    var scans = 0
  }

  mutating func readJPEG(_ bytes: [UInt8]) throws(PictureError) {
    var cursor = ByteCursor(bytes)
    keep(try cursor.take(2))
    var progress = Progress()
    while true {
      // Some cameras leave padding between segments; it is not kept.
      try cursor.skipToMarker()
      var start = cursor.position
      var marker = UInt8(0xFF)
      while marker == 0xFF {
        start = cursor.position - 1
        marker = try cursor.byte()
      }
      switch marker {
      case 0xD9:
        guard progress.hasFrame, progress.scans > 0 else { throw .damaged }
        keep(start..<cursor.position)
        return
      case 0xD8:
        throw .damaged
      case 0x00, 0x01, 0xD0...0xD7:
        continue
      default:
        let length = try cursor.big(2)
        let payload = try cursor.take(length - 2)
        try readSegment(marker, start..<cursor.position, payload, of: bytes, &progress)
        if marker == 0xDA {
          keep(try Self.scan(&cursor))
        }
      }
    }
  }

  private mutating func readSegment(
    _ marker: UInt8,
    _ segment: Range<Int>,
    _ payload: Range<Int>,
    of bytes: [UInt8],
    _ progress: inout Progress
  ) throws(PictureError) {
    let content = ByteCursor(bytes, in: payload)
    switch marker {
    case 0xC0...0xC2:
      guard !progress.hasFrame else { throw .damaged }
      progress.hasFrame = true
      try readFrame(content)
      keep(segment)
    case 0xC3,
      0xC5...0xCF where marker != 0xC8:
      throw .unsupportedType(found: "Lossless or arithmetic JPEG")
    case 0xDA:
      progress.scans += 1
      guard progress.hasFrame, progress.scans <= Self.scanLimit else { throw .damaged }
      keep(segment)
    case 0xC4, 0xDB, 0xDD:
      keep(segment)
    case 0xE0
    where content.starts(with: Array("JFIF\0".utf8)) && !progress.hasJFIF && payload.count >= 14:
      progress.hasJFIF = true
      // Without the thumbnail it may carry.
      insert([0xFF, 0xE0, 0, 16] + bytes[payload.prefix(12)] + [0, 0])
    case 0xE1 where content.starts(with: Array("Exif\0\0".utf8)) && !progress.hasEXIF:
      progress.hasEXIF = true
      orientation = ExifOrientation.read(bytes, in: payload.dropFirst(6))
    case 0xE2 where content.starts(with: Array("ICC_PROFILE\0".utf8)):
      keep(segment)
    case 0xEE where content.starts(with: Array("Adobe".utf8)) && payload.count == 12:
      keep(segment)
    default:
      break
    }
  }

  private mutating func readFrame(_ content: ByteCursor) throws(PictureError) {
    var content = content
    guard try content.byte() == 8 else {
      throw .unsupportedType(found: "JPEG with more than 8 bits")
    }
    heightPixels = try content.big(2)
    widthPixels = try content.big(2)
    let components = try content.byte()
    guard [1, 3, 4].contains(components) else { throw .damaged }
  }

  /// The coded pixels after a scan's header: up to the next marker that is not part of them.
  private static func scan(_ cursor: inout ByteCursor) throws(PictureError) -> Range<Int> {
    let start = cursor.position
    while true {
      try cursor.skipToMarker()
      let end = cursor.position
      try cursor.take(1)
      var next = cursor
      let code = try next.byte()
      if code != 0x00, !(0xD0...0xD7).contains(code) {
        cursor = ByteCursor(cursor.bytes, in: end..<cursor.end)
        return start..<end
      }
      cursor = next
    }
  }
}
