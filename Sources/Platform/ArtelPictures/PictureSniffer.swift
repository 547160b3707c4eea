/// Tells a file's type by its first bytes.
enum PictureSniffer {
  enum Finding: Hashable {
    case picture(AcceptedPicture)
    /// Something else, by name; nil when it is unknown.
    case other(String?)
  }

  /// Looks at no more than the first 1024 bytes.
  static func look(at bytes: some Collection<UInt8>) -> Finding {
    let start = Array(bytes.prefix(1024))
    if start.starts(with: [0xFF, 0xD8, 0xFF]) { return .picture(.stored(.jpeg)) }
    if start.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      return .picture(.stored(.png))
    }
    if start.starts(with: "GIF87a".utf8) || start.starts(with: "GIF89a".utf8) {
      return .picture(.stored(.gif))
    }
    if start.starts(with: "RIFF".utf8), start.dropFirst(8).starts(with: "WEBP".utf8) {
      return .picture(.stored(.webp))
    }
    return isoMedia(start) ?? .other(signature(start) ?? markup(start))
  }

  /// HEIC, AVIF and films share a container whose second word is `ftyp`.
  private static func isoMedia(_ start: [UInt8]) -> Finding? {
    guard start.dropFirst(4).starts(with: "ftyp".utf8) else { return nil }
    return switch String(decoding: start.dropFirst(8).prefix(4), as: UTF8.self) {
    case "avif", "heic", "heix", "heim", "heis", "mif1": .picture(.heif)
    case "avis": .other("A moving AVIF")
    case "hevc", "hevx", "msf1": .other("A moving HEIC")
    default: .other("Video")
    }
  }

  private static func signature(_ start: [UInt8]) -> String? {
    let signatures: [(bytes: [UInt8], name: String)] = [
      (Array("%PDF".utf8), "PDF"),
      (Array("PK".utf8) + [3, 4], "ZIP"),
      ([0x49, 0x49, 0x2A, 0x00], "TIFF"),
      ([0x4D, 0x4D, 0x00, 0x2A], "TIFF"),
      (Array("8BPS".utf8), "PSD"),
      ([0xFF, 0x0A], "JPEG XL"),
      ([0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], "JPEG XL"),
      ([0, 0, 0, 0x0C, 0x6A, 0x50, 0x20, 0x20], "JPEG 2000"),
      (Array("BM".utf8), "BMP"),
    ]
    return signatures.first { start.starts(with: $0.bytes) }?.name
  }

  private static func markup(_ start: [UInt8]) -> String? {
    let text = String(decoding: start, as: UTF8.self).lowercased()
    let opening = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    guard opening.first == "<" else { return nil }
    if opening.contains("<svg") { return "SVG" }
    if opening.contains("<html") || opening.hasPrefix("<!doctype html")
      || opening.contains("<script")
    {
      return "HTML"
    }
    return opening.hasPrefix("<?xml") ? "XML" : nil
  }
}
