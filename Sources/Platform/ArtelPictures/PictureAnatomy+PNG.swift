/// PNG, third edition: chunks, with the animation chunks among them.
extension PictureAnatomy {
  private static let keptChunks: Set<String> = [
    "PLTE", "IDAT", "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "cICP", "sBIT", "bKGD", "pHYs", "acTL",
  ]

  mutating func readPNG(_ bytes: [UInt8]) throws(PictureError) {
    var cursor = ByteCursor(bytes)
    keep(try cursor.take(8))
    var hasPixels = false
    var announcedFrames = 0
    var controls = 0
    while true {
      let start = cursor.position
      let length = try cursor.big(4)
      let name = String(decoding: bytes[try cursor.take(4)], as: UTF8.self)
      let content = try cursor.take(length)
      try cursor.take(4)
      let chunk = start..<cursor.position
      guard (widthPixels > 0) != (name == "IHDR") else { throw .damaged }
      switch name {
      case "IHDR":
        try readHeader(ByteCursor(bytes, in: content))
        keep(chunk)
      case "IEND":
        guard hasPixels, length == 0 else { throw .damaged }
        keep(chunk)
        frames = max(1, announcedFrames, controls)
        return
      case "eXIf":
        orientation = ExifOrientation.read(bytes, in: content)
      case "fcTL" where announcedFrames > 0:
        try checkFrame(ByteCursor(bytes, in: content))
        controls += 1
        keep(chunk)
      case "fdAT" where announcedFrames > 0:
        keep(chunk)
      case _ where Self.keptChunks.contains(name):
        hasPixels = hasPixels || name == "IDAT"
        if name == "acTL" {
          var count = ByteCursor(bytes, in: content)
          announcedFrames = max(1, try count.big(4))
        }
        keep(chunk)
      default:
        break
      }
    }
  }

  private mutating func readHeader(_ content: ByteCursor) throws(PictureError) {
    var content = content
    widthPixels = try content.big(4)
    heightPixels = try content.big(4)
    try content.take(5)
    guard content.isAtEnd, (1...0x7FFF_FFFF).contains(widthPixels),
      (1...0x7FFF_FFFF).contains(heightPixels)
    else { throw .damaged }
  }

  /// A frame that reaches beyond the picture would be more pixels than the header says.
  private func checkFrame(_ content: ByteCursor) throws(PictureError) {
    var content = content
    try content.take(4)
    let (width, height) = (try content.big(4), try content.big(4))
    let (left, top) = (try content.big(4), try content.big(4))
    guard width > 0, height > 0, left + width <= widthPixels, top + height <= heightPixels else {
      throw .damaged
    }
  }
}
