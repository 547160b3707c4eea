public import ArtelConcurrency
public import FoundationEssentials

/// A zip archive that is being written to an open file or pipe, entry after entry.
///
/// Texts are deflated; files are stored as they are, as pictures and music do not shrink. Archives and
/// entries may be larger than 4 GiB. Names are UTF-8 paths with `/`. Nothing is kept in memory but the
/// directory of names, which the end of the archive repeats. Calls wait for one another; an archive that
/// is released without ``finish()`` is not readable.
///
/// Source: libarchive, archive_write(3); PKWARE APPNOTE 6.3.
public final class ZipArchive: Sendable {
  private let writer: ZipWriter
  private let pool: BlockingPool

  /// Begins an archive in a file of its own.
  ///
  /// - Parameters:
  ///   - path: The file; one that is there is overwritten.
  ///   - pool: Where writing blocks.
  /// - Throws: ``ZipError/failed(_:)``.
  public init(writingTo path: String, pool: BlockingPool) async throws {
    writer = try await pool.run { try ZipWriter(.file(path: path)) }
    self.pool = pool
  }

  /// Begins an archive.
  ///
  /// - Parameters:
  ///   - descriptor: Where it is written, from the present position on; stays open, and the caller's.
  ///   - pool: Where writing blocks.
  /// - Throws: ``ZipError/failed(_:)``.
  public init(writingTo descriptor: Int32, pool: BlockingPool) throws {
    writer = try ZipWriter(.descriptor(descriptor))
    self.pool = pool
  }

  /// Adds a file that holds `bytes`.
  ///
  /// - Throws: ``ZipError/failed(_:)`` when the archive cannot be written; it is lost then.
  public func add(_ name: String, _ bytes: [UInt8], changedAt date: Date) async throws {
    try await pool.run { [writer] in try writer.add(name, bytes, changedAt: date) }
  }

  /// Adds a copy of the file at a path, in pieces of 256 KiB.
  ///
  /// - Throws: ``ZipError/unreadable(_:)`` when it cannot be opened, and then nothing was added;
  ///   ``ZipError/failed(_:)``.
  public func add(_ name: String, fileAt path: String, changedAt date: Date) async throws {
    try await pool.run { [writer] in try writer.add(name, fileAt: path, changedAt: date) }
  }

  /// Writes what stands at the end of the archive.
  ///
  /// - Throws: ``ZipError/failed(_:)``.
  public func finish() async throws {
    try await pool.run { [writer] in try writer.finish() }
  }
}

/// Why an archive was not written.
public enum ZipError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A file that was to be added cannot be opened; the number is its `errno`.
  case unreadable(Int32)
  /// libarchive could not go on; the text is its own.
  case failed(String)

  /// Text for logs.
  public var description: String {
    switch self {
    case .unreadable(let code): "A file for the archive cannot be read (errno \(code))."
    case .failed(let reason): "The archive cannot be written: \(reason)."
    }
  }
}
