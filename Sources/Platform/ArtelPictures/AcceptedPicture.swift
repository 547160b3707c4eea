/// What a file may be that a ``PictureWorkshop`` takes; known from the content alone, never from a name.
public enum AcceptedPicture: Hashable, Sendable {
  /// A picture whose cleaned copy has the same format.
  case stored(PictureFormat)
  /// HEIC or AVIF, still: stored as JPEG, or as WebP when it is transparent, since not every browser
  /// shows it.
  ///
  /// Refused where libvips comes without the loader, libheif.
  case heif

  /// Tells it by the first bytes of a file; nil when it is nothing that a workshop takes.
  public init?(startingWith bytes: [UInt8]) {
    guard case .picture(let picture) = PictureSniffer.look(at: bytes) else { return nil }
    self = picture
  }

  /// What programs call the files.
  public static let mediaTypes =
    PictureFormat.allCases.map(\.mediaType) + ["image/heic", "image/heif", "image/avif"]

  /// For the attribute `accept`: the types, and the endings of names whose types not every system knows.
  public static let acceptAttribute =
    (mediaTypes + [".heic", ".heif", ".avif"]).joined(separator: ",")
}
