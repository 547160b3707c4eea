import ArtelIdentifiers
import ArtelPictures
import ArtelPostgres
import FoundationEssentials
import GalleryContract

/// A picture in one of its sizes, as its address names it.
enum PictureSize: Hashable {
  /// What the member uploaded, without its metadata.
  case original
  /// A WebP copy that fits into a square with this side, in pixels.
  case thumbnail(side: Int)

  /// The sides of all copies, smallest first.
  static let sides = [160, 480, 960, 1600]

  /// The size in the file name of an address, such as `480.webp` or `original.png`.
  init?(fileName: String) {
    let parts = fileName.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2 else { return nil }
    if parts[0] == "original", ImageType(fileExtension: parts[1]) != nil {
      self = .original
    } else if parts[1] == "webp", let side = PictureSize.sides.first(where: { "\($0)" == parts[0] })
    {
      self = .thumbnail(side: side)
    } else {
      return nil
    }
  }
}

/// A picture together with the post that shows it: both name it in its addresses.
struct ShownPicture: Sendable {
  let picture: Picture
  let post: Post
  /// Where its files are for those who see the post by a share link; nil for the address of its own.
  var root: String?

  /// The address of the picture as it was uploaded.
  var imageURL: String { url("original.\(picture.type.fileExtension)") }

  /// The address of the copy for lists.
  var thumbnailURL: String { url("480.webp") }

  /// The address of the largest copy, for the page of the post.
  var largeURL: String { url("1600.webp") }

  /// The copies from 480 pixels on with their widths, for the `srcset` attribute.
  func sourceSet(upTo largest: Int) -> String {
    PictureSize.sides
      .filter { (480...largest).contains($0) }
      .map { "\(url("\($0).webp")) \(picture.width(fittingInto: $0))w" }
      .joined(separator: ", ")
  }

  private func url(_ fileName: String) -> String {
    if let root { return "\(root)/\(picture.id)/\(fileName)" }
    // Every list makes two for each post; interpolation would grow the text several times.
    var url = ""
    url.reserveCapacity(140)
    url += "/pictures/"
    url += post.id.description
    url += "/"
    url += post.visibilityToken
    url += "/"
    url += picture.id.description
    url += "/"
    url += fileName
    return url
  }
}

extension Picture {
  /// Whether it is an animation; its copies show the first frame only.
  var isMoving: Bool { frames > 1 }

  /// What is shown until the picture has come, as an address; empty without.
  ///
  /// None for an animation, which it would show through.
  var placeholderURL: String {
    guard let placeholder, !isMoving else { return "" }
    return "data:image/webp;base64," + Data(placeholder.bytes).base64EncodedString()
  }

  /// The width in pixels of the copy for a square with this side.
  func width(fittingInto side: Int) -> Int {
    let longest = max(width, height)
    guard longest > side else { return width }
    return max(1, Int((Double(width) * Double(side) / Double(longest)).rounded()))
  }
}

extension ImageType {
  /// The type of a picture that the workshop prepared.
  init(_ format: PictureFormat) {
    switch format {
    case .jpeg: self = .jpeg
    case .png: self = .png
    case .gif: self = .gif
    case .webp: self = .webp
    }
  }

  /// The ending of file names of this type.
  var fileExtension: String {
    switch self {
    case .jpeg: "jpg"
    case .png, .gif, .webp: rawValue
    }
  }

  init?(fileExtension: Substring) {
    guard let type = ImageType.allCases.first(where: { $0.fileExtension == fileExtension }) else {
      return nil
    }
    self = type
  }

  /// The media type to serve it with.
  var mediaType: String { "image/\(rawValue)" }
}
