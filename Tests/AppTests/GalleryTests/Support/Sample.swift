import Foundation

@testable import ArtelPictures

/// Pictures to upload, painted by the program or built byte by byte.
enum Sample {
  /// A red AVIF of 48 × 32 pixels.
  static let avif: [UInt8] = {
    let base64 =
      "AAAAHGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZgAAAOptZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0"
      + "AAAAAAAAAAAAAAAAAAAAAA5waXRtAAAAAAABAAAAImlsb2MAAAAAREAAAQABAAAAAAEOAAEAAAAAAAAA"
      + "HgAAACNpaW5mAAAAAAABAAAAFWluZmUCAAAAAAEAAGF2MDEAAAAAamlwcnAAAABLaXBjbwAAABNjb2xy"
      + "bmNseAACAAIABoAAAAAMYXYxQ4EADAAAAAAUaXNwZQAAAAAAAAAwAAAAIAAAABBwaXhpAAAAAAMICAgA"
      + "AAAXaXBtYQAAAAAAAAABAAEEgYIDhAAAACZtZGF0EgAKCRgVL/sECAgaEDIPGAAAAEALPPuRNAaHqcgg"
    return Array(Data(base64Encoded: base64) ?? Data())
  }()

  /// 64 × 48 pixels.
  static let jpeg = Task { try await painted(64, 48) }
  /// 40 × 30 pixels.
  static let png = Task { try await painted(40, 30, as: "png") }
  /// 40 × 30 pixels.
  static let webP = Task {
    let bench = TestFiles()
    try FileManager.default.createDirectory(atPath: bench.folder, withIntermediateDirectories: true)
    let path = "\(bench.folder)/picture.png"
    try Data(try await png.value).write(to: URL(filePath: path))
    let picture = try await Workbench.workshop.prepare(fileAt: path, into: bench.folder)
    return Array(try Data(contentsOf: URL(filePath: picture.thumbnails[0].file.path)))
  }
  /// As cameras make them: 2000 × 1200 pixels.
  static let photograph = Task { try await painted(2000, 1200) }

  /// Paints a picture; each seed gives another one.
  static func painted(
    _ width: Int,
    _ height: Int,
    seed: UInt64 = 1,
    as type: String = "jpg"
  ) async throws -> [UInt8] {
    let bench = TestFiles()
    try FileManager.default.createDirectory(atPath: bench.folder, withIntermediateDirectories: true)
    let path = "\(bench.folder)/picture.\(type)"
    try await Workbench.workshop.paint(
      kind: 6,
      seed: seed,
      widthPixels: width,
      heightPixels: height,
      to: path
    )
    return Array(try Data(contentsOf: URL(filePath: path)))
  }

  /// A GIF of one pixel that blinks as often as it has frames.
  static func gif(frames: Int = 1) -> [UInt8] {
    let screen: [UInt8] = [1, 0, 1, 0, 0x80, 0, 0, 20, 90, 70, 255, 255, 255]
    let frame: [UInt8] =
      [0x21, 0xF9, 4, 0, 10, 0, 0, 0] + [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0] + [2, 2, 0x44, 1, 0]
    return Array("GIF89a".utf8) + screen + Array(repeatElement(frame, count: frames).joined())
      + [0x3B]
  }

  /// A PNG of 87 bytes that says it has 60,000 × 60,000 pixels.
  static let bomb = Array(
    Data(
      base64Encoded: """
        iVBORw0KGgoAAAANSUhEUgAA6mAAAOpgAQAAAACoqUjvAAAAHklEQVR42u3BgQAAAADDoPlTH+AKVQEAAAAAAABwBh1N\
        AAH6DOhAAAAAAElFTkSuQmCC
        """
    ) ?? Data()
  )

  /// What a telephone adds to a JPEG: how it was held, and where.
  ///
  /// - Parameter orientation: 1 for upright; 6 when the picture has to be turned to the right.
  static func taggedJPEG(_ jpeg: [UInt8], orientation: UInt8, place: String) -> [UInt8] {
    let number: (Int) -> [UInt8] = { [UInt8($0 & 0xFF), UInt8($0 >> 8), 0, 0] }
    let head = Array("II".utf8) + [42, 0] + number(8)
    // Orientation and a pointer to the GPS directory (EXIF 2.3, 4.6.4 to 4.6.6).
    let tags: [UInt8] =
      [2, 0] + [0x12, 1, 3, 0] + number(1) + number(Int(orientation))
      + [0x25, 0x88, 4, 0] + number(1) + number(38) + number(0)
    // GPSAreaInformation, which is text of any kind.
    let text = Array(place.utf8)
    let gps: [UInt8] =
      [1, 0] + [0x1C, 0, 7, 0] + number(text.count) + number(56) + number(0) + text
    let exif = Array("Exif\0\0".utf8) + head + tags + gps
    let length = exif.count + 2
    return Array(jpeg[..<2]) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 0xFF)] + exif
      + jpeg[2...]
  }
}

extension [UInt8] {
  /// Whether a text occurs anywhere.
  func contains(_ text: String) -> Bool {
    Data(self).range(of: Data(text.utf8)) != nil
  }
}
