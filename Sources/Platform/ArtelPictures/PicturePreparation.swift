import Glibc

/// The steps from an uploaded file to a ``PreparedPicture``; blocks, and removes its files when it
/// fails.
struct PicturePreparation {
  let source: String
  let directory: String
  let limits: PictureLimits
  let copies: PictureCopies
  let quality: Int

  /// Sends a request to a worker and waits for its reply.
  typealias Send = ([UInt8]) throws(PictureError) -> WorkerMessage.Reply

  func run(_ send: Send) throws(PictureError) -> PreparedPicture {
    let bytes = try PictureFileSystem.read(source, limitBytes: limits.sizeBytes)
    let anatomy = try PictureAnatomy.read(bytes)
    try limits.check(anatomy)
    let original = file("original.\(anatomy.format.fileExtension)")
    let thumbnails = copies.boxesPixels.reversed().map {
      WorkerMessage.Thumbnail(boxPixels: $0, path: file("\($0).webp"))
    }
    let (unturned, turned) = (file("unturned"), file("turned"))
    defer { remove([unturned, turned]) }
    do {
      let isUpright = anatomy.orientation == 1
      let cleaned = isUpright ? original : unturned
      try PictureFileSystem.write(anatomy, of: bytes, to: cleaned)
      let request = WorkerMessage.Preparation(
        format: anatomy.format,
        orientation: anatomy.orientation,
        quality: quality,
        isSquare: copies.areSquare,
        pixelLimit: limits.pixels,
        source: cleaned,
        turned: isUpright ? nil : turned,
        thumbnails: thumbnails
      )
      let prepared = try WorkerMessage.Prepared(send(request.request), to: request)
      if !isUpright {
        try clean(turned, into: original)
      }
      return PreparedPicture(
        format: anatomy.format,
        frames: anatomy.frames,
        original: PictureFile(
          path: original,
          widthPixels: prepared.widthPixels,
          heightPixels: prepared.heightPixels,
          sizeBytes: try PictureFileSystem.size(original)
        ),
        thumbnails: prepared.thumbnails.reversed(),
        averageColor: prepared.color
      )
    } catch {
      remove([original] + thumbnails.map(\.path))
      throw error
    }
  }

  /// libvips writes an EXIF segment of its own into what it saves.
  private func clean(_ path: String, into original: String) throws(PictureError) {
    let bytes = try PictureFileSystem.read(path, limitBytes: .max)
    try PictureFileSystem.write(PictureAnatomy.read(bytes), of: bytes, to: original)
  }

  private func file(_ name: String) -> String {
    "\(directory)/\(name)"
  }

  private func remove(_ paths: [String]) {
    for path in paths {
      unlink(path)
    }
  }
}
