public import ArtelConcurrency
public import FoundationEssentials

/// A zip archive of files that is made while it is sent: it takes no disk, and memory for one piece.
///
/// Files are stored as they are. Nothing is written ahead: the next piece of 256 KiB is read when the
/// one before was sent, so that a slow reader holds neither a thread nor memory. One task at a time.
///
/// Source: libarchive, archive_write(3); PKWARE APPNOTE 6.3.
public final class ZipStream: Sendable {
  private let writer: ZipWriter
  private let written = ZipWriter.Written()
  private let pool: BlockingPool

  /// Begins an archive; `pool` is where reading blocks.
  ///
  /// - Throws: ``ZipError/failed(_:)``.
  public init(pool: BlockingPool) throws {
    writer = try ZipWriter(.memory(written))
    self.pool = pool
  }

  /// Adds a copy of the file at a path and sends it piece by piece.
  ///
  /// - Throws: ``ZipError/unreadable(_:)`` when it cannot be opened, and then nothing was added;
  ///   ``ZipError/failed(_:)``; what `send` throws.
  public func add(
    _ name: String,
    fileAt path: String,
    changedAt date: Date,
    to send: ([UInt8]) async throws -> Void
  ) async throws {
    let file = try await pool.run { [writer] in
      try writer.begin(name, fileAt: path, changedAt: date)
    }
    var hasMore = true
    while hasMore {
      hasMore = try await pool.run { [writer] in try writer.copyPiece(of: file) }
      try await send(written.take())
    }
  }

  /// Sends what stands at the end of the archive.
  ///
  /// - Throws: ``ZipError/failed(_:)``; what `send` throws.
  public func finish(to send: ([UInt8]) async throws -> Void) async throws {
    try await pool.run { [writer] in try writer.finish() }
    try await send(written.take())
  }
}
