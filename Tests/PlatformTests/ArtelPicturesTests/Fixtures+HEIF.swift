extension Fixture {
  static func box(_ type: String, _ parts: [UInt8]...) -> [UInt8] {
    let content = parts.flatMap(\.self)
    return big(8 + content.count, 4) + Array(type.utf8) + content
  }

  /// A red AVIF of 48 × 32 pixels.
  ///
  /// - Parameters:
  ///   - width: What it says of its width; default the truth.
  ///   - height: What it says of its height; default the truth.
  ///   - quarterTurns: How often it is to be turned against the clock; default never.
  ///   - primary: The item that it says it is about; default the picture.
  ///   - padding: Bytes without a meaning among what it says of its items; default none.
  static func avif(
    width: Int = 48,
    height: Int = 32,
    quarterTurns: Int = 0,
    primary: Int = 1,
    padding: Int = 0
  ) -> [UInt8] {
    let type = box("ftyp", Array("avif\0\0\0\0avifmif1miaf".utf8))
    let camera = big(0, 4) + exif(orientation: 6)
    let turn = quarterTurns == 0 ? [] : box("irot", [UInt8(quarterTurns)])
    let properties = box(
      "ipco",
      box("colr", Array("nclx".utf8), big(2, 2), big(2, 2), big(6, 2), [0x80]),
      box("av1C", [0x81, 0x00, 0x0C, 0x00]),
      box("ispe", big(0, 4), big(width, 4), big(height, 4)),
      box("pixi", big(0, 4), [3, 8, 8, 8]),
      turn
    )
    let indices: [UInt8] = turn.isEmpty ? [0x81, 2, 3, 0x84] : [0x81, 2, 3, 0x84, 0x85]
    let associations = box(
      "ipma",
      big(0, 4),
      big(1, 4),
      big(1, 2),
      [UInt8(indices.count)],
      indices
    )
    func meta(_ start: Int) -> [UInt8] {
      box(
        "meta",
        big(0, 4),
        box("hdlr", big(0, 8), Array("pict".utf8), big(0, 13)),
        box("pitm", big(0, 4), big(primary, 2)),
        box(
          "iloc",
          big(0, 4),
          [0x44, 0x40],
          big(2, 2),
          place(of: 1, at: start, av1.count),
          place(of: 2, at: start + av1.count, camera.count)
        ),
        box("iinf", big(0, 4), big(2, 2), kind(of: 1, "av01"), kind(of: 2, "Exif")),
        box("iref", big(0, 4), box("cdsc", big(2, 2), big(1, 2), big(1, 2))),
        box("iprp", properties, associations),
        padding == 0 ? [] : box("free", [UInt8](repeating: 0, count: padding))
      )
    }
    return type + meta(type.count + meta(0).count + 8) + box("mdat", av1, camera)
  }

  private static func place(of item: Int, at start: Int, _ length: Int) -> [UInt8] {
    [big(item, 2), big(0, 2), big(start, 4), big(1, 2), big(0, 4), big(length, 4)].flatMap(\.self)
  }

  private static func kind(of item: Int, _ name: String) -> [UInt8] {
    box("infe", big(0x0200_0000, 4), big(item, 2), big(0, 2), Array(name.utf8), [0])
  }

  /// The pixels, as libaom wrote them.
  private static let av1: [UInt8] = [
    0x12, 0x00, 0x0A, 0x09, 0x18, 0x15, 0x2F, 0xFB, 0x04, 0x08, 0x08, 0x1A, 0x10, 0x32, 0x0F,
    0x18, 0x00, 0x00, 0x00, 0x40, 0x0B, 0x3C, 0xFB, 0x91, 0x34, 0x06, 0x87, 0xA9, 0xC8, 0x20,
  ]
}
