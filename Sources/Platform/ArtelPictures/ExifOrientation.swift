/// The one fact of EXIF that a picture cannot lose (EXIF 2.32, 4.6.4.A: tag 0x0112).
enum ExifOrientation {
  /// Reads the TIFF structure in `range`; 1, upright, for anything unclear.
  static func read(_ bytes: [UInt8], in range: Range<Int>) -> Int {
    (try? find(bytes, in: range)) ?? 1
  }

  private static func find(_ bytes: [UInt8], in range: Range<Int>) throws(PictureError) -> Int {
    var cursor = ByteCursor(bytes, in: range)
    let order = try cursor.big(2)
    let isLittle = order == 0x4949
    guard isLittle || order == 0x4D4D else { return 1 }

    func number(_ width: Int) throws(PictureError) -> Int {
      isLittle ? try cursor.little(width) : try cursor.big(width)
    }

    guard try number(2) == 42 else { return 1 }
    try cursor.take(try number(4) - 8)
    for _ in 0..<(try number(2)) {
      let (tag, type, count) = (try number(2), try number(2), try number(4))
      let value = try number(2)
      try cursor.take(2)
      if tag == 0x0112, type == 3, count == 1 {
        return (1...8).contains(value) ? value : 1
      }
    }
    return 1
  }
}
