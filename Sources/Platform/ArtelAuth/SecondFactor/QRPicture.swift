import CQREncode

/// A QR code as a path of squares, to be drawn as SVG.
///
/// Source: ISO/IEC 18004; libqrencode.
public struct QRPicture: Hashable, Sendable {
  /// Modules on each side, the quiet zone of four on both sides included.
  public let size: Int

  /// The dark modules for the attribute `d`, one unit each.
  public let path: String

  /// Encodes a text of at most some 1000 bytes with 15 % of error correction; nil when it is too long.
  ///
  /// Cost: some milliseconds at most.
  public init?(_ text: String) {
    guard let code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M) else { return nil }
    defer { QRcode_free(code) }
    let width = Int(code.pointee.width)
    guard let modules = code.pointee.data, text.utf8.count <= 1000 else { return nil }
    size = width + 2 * Self.quiet
    path = (0..<width).map { row in
      Self.runs(in: UnsafeBufferPointer(start: modules + row * width, count: width), row: row)
    }
    .joined()
  }

  private static let quiet = 4

  /// The dark modules of a row, neighbors as one rectangle; the lowest bit of a module is its color.
  private static func runs(in modules: UnsafeBufferPointer<UInt8>, row: Int) -> String {
    var path = ""
    var column = 0
    while column < modules.count {
      let start = column
      while column < modules.count, modules[column] & 1 == 1 { column += 1 }
      if column > start {
        path += "M\(start + quiet) \(row + quiet)h\(column - start)v1h-\(column - start)z"
      }
      column += 1
    }
    return path
  }
}
