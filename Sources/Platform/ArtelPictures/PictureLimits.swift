/// What a ``PictureWorkshop`` takes at most; checked on the header, before any pixel is decoded.
public struct PictureLimits: Hashable, Sendable {
  /// Length of the file in bytes; default 25 MiB.
  public var sizeBytes: Int
  /// Width × height × frames; default 50 million.
  public var pixels: Int
  /// The longer side in pixels; default 30,000.
  public var sidePixels: Int
  /// Frames of an animation; default 2,000.
  public var frames: Int

  /// Sets limits; see the properties for the defaults.
  public init(
    sizeBytes: Int = 25 << 20,
    pixels: Int = 50_000_000,
    sidePixels: Int = 30_000,
    frames: Int = 2000
  ) {
    self.sizeBytes = sizeBytes
    self.pixels = pixels
    self.sidePixels = sidePixels
    self.frames = frames
  }

  func check(_ anatomy: PictureAnatomy) throws(PictureError) {
    let side = max(anatomy.widthPixels, anatomy.heightPixels)
    guard side <= sidePixels else { throw .tooLong(found: side, limit: sidePixels) }
    guard anatomy.frames <= frames else {
      throw .tooManyFrames(found: anatomy.frames, limit: frames)
    }
    let (area, areaOverflows) = anatomy.widthPixels.multipliedReportingOverflow(
      by: anatomy.heightPixels
    )
    let (total, totalOverflows) = area.multipliedReportingOverflow(by: anatomy.frames)
    guard !areaOverflows, !totalOverflows, total <= pixels else {
      throw .tooManyPixels(found: areaOverflows || totalOverflows ? .max : total, limit: pixels)
    }
  }
}
