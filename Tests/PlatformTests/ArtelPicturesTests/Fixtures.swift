import Foundation

/// Containers built byte by byte, to hold what no honest program writes.
enum Fixture {
  static let secret = "SECRET-PLACE"

  // MARK: Checksums

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { value, _ in
      value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
    }
  }

  static func crc(_ bytes: some Sequence<UInt8>) -> UInt32 {
    ~bytes.reduce(~UInt32(0)) { crcTable[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }

  static func big(_ value: Int, _ width: Int) -> [UInt8] {
    (0..<width).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func little(_ value: Int, _ width: Int) -> [UInt8] {
    big(value, width).reversed()
  }

  // MARK: PNG

  static let pngSignature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  static func pngChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + content
    return big(content.count, 4) + body + big(Int(crc(body)), 4)
  }

  static func pngHeader(width: Int, height: Int, depth: Int = 8, color: Int = 2) -> [UInt8] {
    pngChunk("IHDR", big(width, 4) + big(height, 4) + [UInt8(depth), UInt8(color), 0, 0, 0])
  }

  /// Zlib without compression.
  static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var (low, high) = (1, 0)
    for byte in bytes {
      low = (low + Int(byte)) % 65521
      high = (high + low) % 65521
    }
    var stream: [UInt8] = [0x78, 0x01]
    var rest = bytes[...]
    repeat {
      let block = rest.prefix(65535)
      rest = rest.dropFirst(65535)
      stream += [rest.isEmpty ? 1 : 0] + little(block.count, 2) + little(~block.count, 2) + block
    } while !rest.isEmpty
    return stream + big(high << 16 | low, 4)
  }

  /// A picture of one color; `chunks` go before the pixels.
  static func png(
    width: Int,
    height: Int,
    color: [UInt8] = [200, 30, 60],
    rows: Int? = nil,
    chunks: [UInt8] = []
  ) -> [UInt8] {
    let row = [0] + [[UInt8]](repeating: color, count: width).joined()
    let pixels = Array([[UInt8]](repeating: row, count: rows ?? height).joined())
    return pngSignature + pngHeader(width: width, height: height, color: color.count == 4 ? 6 : 2)
      + chunks
      + pngChunk("IDAT", zlib(pixels)) + pngChunk("IEND", [])
  }

  /// Squares of one color each, beside each other.
  static func png(stripes: [[UInt8]], side: Int) -> [UInt8] {
    let row = [UInt8(0)] + stripes.flatMap { Array([[UInt8]](repeating: $0, count: side).joined()) }
    return pngSignature + pngHeader(width: side * stripes.count, height: side)
      + pngChunk("IDAT", zlib(Array([[UInt8]](repeating: row, count: side).joined())))
      + pngChunk("IEND", [])
  }

  /// Black squares of `side` × `side` pixels, 1 bit each, about 1,200 times smaller than in memory
  /// at 8 bits.
  static func pngBomb(side: Int) -> [UInt8] {
    // One literal zero, then runs of 258 zeros: 13 bits each, and 8 of them are 13 bytes.
    var bits: [UInt8] = [1, 1, 0] + [0, 0, 1, 1, 0, 0, 0, 0]
    let run: [UInt8] = [1, 1, 0, 0, 0, 1, 0, 1] + [0, 0, 0, 0, 0]
    let total = (side / 8 + 1) * side
    let runs = total / 258
    bits += (0..<16).flatMap { _ in run }
    let tail = Array((0..<runs % 8).flatMap { _ in run })
    var stream: [UInt8] = [0x78, 0x01]
    func pack(_ bits: [UInt8]) -> [UInt8] {
      stride(from: 0, to: bits.count, by: 8).map { start in
        bits[start..<min(start + 8, bits.count)].enumerated().reduce(0) {
          $0 | $1.element << $1.offset
        }
      }
    }
    // The head is 11 bits; 8 runs later it is 11 bits again, so the pattern of 13 bytes repeats.
    let packed = pack(bits)
    stream += packed[0..<13]
    let pattern = Array(packed[13..<26])
    for _ in 0..<(runs / 8) {
      stream += pattern
    }
    stream += pack(tail + [0, 0, 0, 0, 0, 0, 0])
    stream += [0, 0, 0, 0]
    return pngSignature + pngHeader(width: side, height: side, depth: 1, color: 0)
      + pngChunk("IDAT", stream) + pngChunk("IEND", [])
  }

  // MARK: EXIF

  static func exif(orientation: Int, isLittle: Bool = true) -> [UInt8] {
    let number = isLittle ? little : big
    let entry = number(0x0112, 2) + number(3, 2) + number(1, 4) + number(orientation, 2) + [0, 0]
    let maker = number(0x010F, 2) + number(2, 2) + number(secret.utf8.count, 4) + number(38, 4)
    return Array((isLittle ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(2, 2)
      + maker + entry
      + number(0, 4) + Array(secret.utf8)
  }

  // MARK: JPEG

  static func segment(_ marker: UInt8, _ content: [UInt8]) -> [UInt8] {
    [0xFF, marker] + big(content.count + 2, 2) + content
  }

  /// Puts segments right behind the start of a JPEG.
  static func jpeg(_ jpeg: [UInt8], with segments: [UInt8]) -> [UInt8] {
    jpeg[..<2] + segments + jpeg[2...]
  }

  /// Everything a camera and an editor may add, each with the secret inside.
  static func privateSegments(orientation: Int) -> [UInt8] {
    segment(0xE1, Array("Exif\0\0".utf8) + exif(orientation: orientation))
      + segment(0xE1, Array("http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>\(secret)</x:xmpmeta>".utf8))
      + segment(0xED, Array("Photoshop 3.0\08BIM\(secret)".utf8))
      + segment(0xFE, Array(secret.utf8))
      + segment(0xEB, Array(secret.utf8))
  }

  /// The markers up to the pixels, with the first bytes of their content.
  static func markers(_ jpeg: [UInt8]) -> [UInt8] {
    var markers: [UInt8] = []
    var position = 2
    while position + 4 <= jpeg.count, jpeg[position] == 0xFF, jpeg[position + 1] != 0xDA {
      markers.append(jpeg[position + 1])
      position += 2 + Int(jpeg[position + 2]) << 8 + Int(jpeg[position + 3])
    }
    return markers
  }

  // MARK: GIF

  /// Frames of one color, each pixel coded alone.
  static func gif(
    width: Int,
    height: Int,
    frames: Int,
    extensions: [UInt8] = [],
    screen: Int? = nil
  ) -> [UInt8] {
    let colors: [UInt8] = [10, 20, 30, 200, 100, 50, 0, 0, 0, 255, 255, 255]
    let header =
      Array("GIF89a".utf8) + little(screen ?? width, 2) + little(screen ?? height, 2) + [
        0x81, 0, 0,
      ] + colors
    var codes: [Int] = []
    for index in 0..<(width * height) {
      if index % 2 == 0 { codes.append(4) }
      codes.append(1)
    }
    codes.append(5)
    let bits = codes.flatMap { code in (0..<3).map { UInt8(code >> $0 & 1) } }
    let bytes = stride(from: 0, to: bits.count, by: 8).map { start in
      bits[start..<min(start + 8, bits.count)].enumerated().reduce(UInt8(0)) {
        $0 | $1.element << $1.offset
      }
    }
    let blocks = stride(from: 0, to: bytes.count, by: 255).flatMap { start in
      let block = bytes[start..<min(start + 255, bytes.count)]
      return [UInt8(block.count)] + block
    }
    let frame =
      [0x21, 0xF9, 4, 0, 5, 0, 0, 0, 0x2C] + little(0, 4) + little(width, 2) + little(height, 2) + [
        0, 2,
      ] + blocks + [0]
    return header + extensions + [[UInt8]](repeating: frame, count: frames).joined() + [0x3B]
  }

  static func gifApplication(_ name: String, _ content: [UInt8]) -> [UInt8] {
    [0x21, 0xFF, 11] + Array(name.utf8) + [UInt8(content.count)] + content + [0]
  }

  static func gifComment(_ text: String) -> [UInt8] {
    [0x21, 0xFE, UInt8(text.utf8.count)] + Array(text.utf8) + [0]
  }

  // MARK: WebP

  static func riff(_ chunks: [UInt8]) -> [UInt8] {
    Array("RIFF".utf8) + little(chunks.count + 4, 4) + Array("WEBP".utf8) + chunks
  }

  static func webPChunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    Array(name.utf8) + little(content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
  }

  /// A simple WebP with the metadata that the extended form allows.
  static func webP(extending simple: [UInt8], width: Int, height: Int, orientation: Int) -> [UInt8]
  {
    riff(
      webPChunk("VP8X", [0x0C, 0, 0, 0] + little(width - 1, 3) + little(height - 1, 3))
        + simple[12...]
        + webPChunk("EXIF", exif(orientation: orientation))
        + webPChunk("XMP ", Array("<x:xmpmeta>\(secret)</x:xmpmeta>".utf8))
        + webPChunk("JUNK", Array(secret.utf8))
    )
  }

  // MARK: ICC

  /// A color profile whose red is sRGB's blue and the other way round (ICC.1:2010, matrix and
  /// curves).
  static let swappedProfile: [UInt8] = {
    func xyz(_ x: Double, _ y: Double, _ z: Double) -> [UInt8] {
      Array("XYZ ".utf8) + big(0, 4) + [x, y, z].flatMap { big(Int($0 * 65536), 4) }
    }
    let curve = Array("curv".utf8) + big(0, 4) + big(1, 4) + big(Int(2.2 * 256), 2) + [0, 0]
    let text =
      Array("desc".utf8) + big(0, 4) + big(5, 4) + Array("swap\0".utf8)
      + [UInt8](repeating: 0, count: 79)
    let tags: [(String, [UInt8])] = [
      ("desc", text + [0, 0, 0]), ("cprt", Array("text".utf8) + big(0, 4) + [0, 0, 0, 0]),
      ("wtpt", xyz(0.9642, 1, 0.8249)),
      ("bXYZ", xyz(0.4361, 0.2225, 0.0139)), ("gXYZ", xyz(0.3851, 0.7169, 0.0971)),
      ("rXYZ", xyz(0.1431, 0.0606, 0.7141)),
      ("rTRC", curve), ("gTRC", curve), ("bTRC", curve),
    ]
    var table = big(tags.count, 4)
    var content: [UInt8] = []
    let start = 128 + 4 + tags.count * 12
    for (name, bytes) in tags {
      table += Array(name.utf8) + big(start + content.count, 4) + big(bytes.count, 4)
      content += bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    var header = big(start + content.count, 4) + big(0, 4) + big(0x0210_0000, 4)
    header += Array("mntrRGB XYZ ".utf8) + [UInt8](repeating: 0, count: 12) + Array("acsp".utf8)
    header += [UInt8](repeating: 0, count: 28) + big(63190, 4) + big(65536, 4) + big(54061, 4)
    header += [UInt8](repeating: 0, count: 128 - header.count)
    return header + table + content
  }()
}

extension [UInt8] {
  /// Whether the text occurs anywhere.
  func contains(_ text: String) -> Bool {
    Data(self).range(of: Data(text.utf8)) != nil
  }
}
