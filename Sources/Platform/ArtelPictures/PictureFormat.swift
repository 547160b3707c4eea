/// The formats of what a ``PictureWorkshop`` makes.
public enum PictureFormat: String, CaseIterable, Hashable, Sendable {
  /// JPEG, baseline or progressive, 8 bits a channel.
  case jpeg
  /// PNG, animated or not.
  case png
  /// GIF, animated or not.
  case gif
  /// WebP, lossy or lossless, animated or not.
  case webp

  /// The type for `Content-Type`, such as `image/jpeg`.
  public var mediaType: String { "image/\(rawValue)" }

  /// The usual end of a file name, without the dot.
  public var fileExtension: String { self == .jpeg ? "jpg" : rawValue }
}
