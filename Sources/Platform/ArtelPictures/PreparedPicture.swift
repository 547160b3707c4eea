/// What the header of a picture says.
public struct PictureHeader: Hashable, Sendable {
  /// Known from the content.
  public let format: AcceptedPicture
  /// Width as seen upright, in pixels.
  public let widthPixels: Int
  /// Height as seen upright, in pixels.
  public let heightPixels: Int
  /// 1 for a picture that does not move.
  public let frames: Int
}

/// A picture that is safe to store and serve, with its thumbnails; made by ``PictureWorkshop``.
public struct PreparedPicture: Hashable, Sendable {
  /// The format of the cleaned copy.
  public let format: PictureFormat
  /// 1 for a picture that does not move.
  public let frames: Int
  /// The cleaned copy: upright, without EXIF, XMP, IPTC, comments or bytes after its end.
  public let original: PictureFile
  /// One for each box, smallest first, as WebP in sRGB; of an animation the first frame.
  public let thumbnails: [PictureThumbnail]
  /// The average of all pixels.
  public let averageColor: PictureColor
  /// A WebP of at most 16 × 16 pixels and 512 bytes, shown while the picture loads; nil when the picture
  /// is transparent.
  public let placeholder: [UInt8]?
}

/// A picture in a file.
public struct PictureFile: Hashable, Sendable {
  /// Absolute path.
  public let path: String
  /// Width in pixels.
  public let widthPixels: Int
  /// Height in pixels.
  public let heightPixels: Int
  /// Length of the file in bytes.
  public let sizeBytes: Int
}

/// A picture made to fit a square box; never enlarged.
public struct PictureThumbnail: Hashable, Sendable {
  /// Side of the box in pixels: neither width nor height exceeds it.
  public let boxPixels: Int
  /// The picture, `image/webp`.
  public let file: PictureFile
}

/// An sRGB color.
public struct PictureColor: Hashable, Sendable {
  /// 0 to 255.
  public let red: UInt8
  /// 0 to 255.
  public let green: UInt8
  /// 0 to 255.
  public let blue: UInt8

  /// Makes a color of its channels.
  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// As in CSS: `#` and six lowercase hexadecimal digits.
  public var hex: String {
    let number = UInt32(1) << 24 | UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue)
    return "#" + String(number, radix: 16).dropFirst()
  }
}
