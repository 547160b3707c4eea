/// Which thumbnails a ``PictureWorkshop`` makes of a picture.
public struct PictureCopies: Hashable, Sendable {
  /// Sides, in pixels, of the boxes that the thumbnails fit; smallest first, at most 8.
  public let boxesPixels: [Int]

  /// Whether they show the largest square in the middle of the picture, and not all of it.
  public let areSquare: Bool

  private init(boxesPixels: [Int], areSquare: Bool) {
    self.boxesPixels = boxesPixels
    self.areSquare = areSquare
  }

  /// The whole picture, from a small tile to a full page.
  public static let gallery = PictureCopies(boxesPixels: [160, 480, 960, 1600], areSquare: false)

  /// A square from the middle, in sizes for pictures of people.
  public static let portrait = PictureCopies(boxesPixels: [64, 192, 512], areSquare: true)
}
