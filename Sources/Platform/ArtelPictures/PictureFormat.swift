/// The formats a ``PictureWorkshop`` takes; known from the content alone, never from a name.
public enum PictureFormat: String, CaseIterable, Hashable, Sendable {
  /// JPEG, baseline or progressive, 8 bits a channel.
  case jpeg
  /// PNG, animated or not.
  case png
  /// GIF, animated or not.
  case gif
  /// WebP, lossy or lossless, animated or not.
  case webp

  /// Tells the format by the first bytes of a file; nil when it is no picture of these formats.
  public init?(startingWith bytes: [UInt8]) {
    guard case .picture(let format) = PictureSniffer.look(at: bytes) else { return nil }
    self = format
  }

  /// The type for `Content-Type`, such as `image/jpeg`.
  public var mediaType: String { "image/\(rawValue)" }

  /// The usual end of a file name, without the dot.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}
