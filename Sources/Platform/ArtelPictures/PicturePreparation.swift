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
    let thumbnails = copies.boxesPixels.reversed().map {
      WorkerMessage.Thumbnail(boxPixels: $0, path: file("\($0).webp"))
    }
    let (cleaned, encoded) = (file("cleaned"), file("encoded"))
    defer { remove([cleaned, encoded]) }
    do {
      let kept = anatomy.orientation == 1 ? anatomy.storedFormat : nil
      if anatomy.storedFormat != nil {
        try PictureFileSystem.write(anatomy, of: bytes, to: cleaned)
      }
      let request = WorkerMessage.Preparation(
        format: anatomy.format,
        orientation: anatomy.orientation,
        quality: quality,
        isSquare: copies.areSquare,
        pixelLimit: limits.pixels,
        source: anatomy.storedFormat == nil ? source : cleaned,
        encoded: kept == nil ? encoded : nil,
        thumbnails: thumbnails
      )
      let prepared = try WorkerMessage.Prepared(send(request.request), to: request)
      let format = if let kept { try keep(cleaned, as: kept) } else { try clean(encoded) }
      let path = original(format)
      return PreparedPicture(
        format: format,
        frames: anatomy.frames,
        original: PictureFile(
          path: path,
          widthPixels: prepared.widthPixels,
          heightPixels: prepared.heightPixels,
          sizeBytes: try PictureFileSystem.size(path)
        ),
        thumbnails: prepared.thumbnails.reversed(),
        averageColor: prepared.color,
        placeholder: prepared.placeholder
      )
    } catch {
      remove(PictureFormat.allCases.map(original) + thumbnails.map(\.path))
      throw error
    }
  }

  private func keep(
    _ path: String,
    as format: PictureFormat
  ) throws(PictureError) -> PictureFormat {
    guard rename(path, original(format)) == 0 else { throw .disk }
    return format
  }

  /// libvips writes an EXIF segment of its own into what it saves.
  private func clean(_ path: String) throws(PictureError) -> PictureFormat {
    let bytes = try PictureFileSystem.read(path, limitBytes: .max)
    let anatomy = try PictureAnatomy.read(bytes)
    guard let format = anatomy.storedFormat else { throw .damaged }
    try PictureFileSystem.write(anatomy, of: bytes, to: original(format))
    return format
  }

  private func original(_ format: PictureFormat) -> String {
    file("original.\(format.fileExtension)")
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
