import CArchive
import FoundationEssentials
import Glibc
import Synchronization

/// libarchive's writer for zip; every call blocks.
final class ZipWriter: Sendable {
  private static let pieceBytes = 262_144
  /// `S_IFREG`, which more than one module has.
  private static let regularFile: UInt32 = 0o100000

  private let handle: Mutex<OpaquePointer?>

  /// Where an archive is written.
  enum Place {
    case file(path: String)
    case descriptor(Int32)
  }

  init(_ place: Place) throws {
    guard let archive = archive_write_new() else { throw ZipError.failed("out of memory") }
    let isOpen = ZipWriter.speakingUTF8 {
      archive_write_set_format_zip(archive) == ARCHIVE_OK
        && archive_write_set_options(archive, "hdrcharset=UTF-8") == ARCHIVE_OK
        // A pipe gets what there is, without blanks behind it.
        && archive_write_set_bytes_in_last_block(archive, 1) == ARCHIVE_OK
        && ZipWriter.attach(archive, to: place) == ARCHIVE_OK
    }
    guard isOpen else {
      let error = ZipWriter.error(of: archive)
      archive_write_free(archive)
      throw error
    }
    handle = Mutex(archive)
  }

  private static func attach(_ archive: OpaquePointer, to place: Place) -> Int32 {
    switch place {
    case .file(let path): archive_write_open_filename(archive, path)
    case .descriptor(let descriptor): archive_write_open_fd(archive, descriptor)
    }
  }

  deinit {
    handle.withLock { archive in
      guard let open = archive else { return }
      // Otherwise freeing would write an end, and what is half written would look whole.
      archive_write_fail(open)
      archive_write_free(open)
      archive = nil
    }
  }

  func add(_ name: String, _ bytes: [UInt8], changedAt date: Date) throws {
    try withArchive { archive in
      archive_write_zip_set_compression_deflate(archive)
      try begin(name, bytes.count, date, in: archive)
      try bytes.withUnsafeBytes { try write($0, to: archive) }
    }
  }

  func add(_ name: String, fileAt path: String, changedAt date: Date) throws {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw ZipError.unreadable(errno) }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0 else { throw ZipError.unreadable(errno) }
    let size = Int(status.st_size)
    try withArchive { archive in
      archive_write_zip_set_compression_store(archive)
      try begin(name, size, date, in: archive)
      try copy(size, from: file, to: archive)
    }
  }

  func finish() throws {
    try handle.withLock { archive in
      guard let open = archive else { return }
      let isClosed = archive_write_close(open) == ARCHIVE_OK
      let error = ZipWriter.error(of: open)
      archive_write_free(open)
      archive = nil
      guard isClosed else { throw error }
    }
  }

  private func withArchive(_ body: (OpaquePointer) throws -> Void) throws {
    try handle.withLock { archive in
      guard let open = archive else { throw ZipError.failed("it has ended") }
      try body(open)
    }
  }

  private func begin(
    _ name: String,
    _ size: Int,
    _ date: Date,
    in archive: OpaquePointer
  ) throws {
    guard let entry = archive_entry_new() else { throw ZipError.failed("out of memory") }
    defer { archive_entry_free(entry) }
    let isBegun = ZipWriter.speakingUTF8 {
      archive_entry_set_pathname_utf8(entry, name)
      archive_entry_set_size(entry, Int64(size))
      archive_entry_set_filetype(entry, Self.regularFile)
      archive_entry_set_perm(entry, 0o644)
      archive_entry_set_mtime(entry, Int(date.timeIntervalSince1970), 0)
      return archive_write_header(archive, entry) == ARCHIVE_OK
    }
    guard isBegun else { throw ZipWriter.error(of: archive) }
  }

  private func copy(_ size: Int, from file: Int32, to archive: OpaquePointer) throws {
    var left = size
    let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.pieceBytes, alignment: 16)
    defer { piece.deallocate() }
    while left > 0 {
      let count = read(file, piece.baseAddress, min(left, piece.count))
      if count < 0, errno == EINTR { continue }
      // Its size is already written, so that a file that became shorter spoils the whole.
      guard count > 0 else { throw ZipError.failed("a file ended early") }
      try write(UnsafeRawBufferPointer(rebasing: piece[..<count]), to: archive)
      left -= count
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer, to archive: OpaquePointer) throws {
    var rest = bytes
    while !rest.isEmpty {
      let count = archive_write_data(archive, rest.baseAddress, rest.count)
      guard count > 0 else { throw ZipWriter.error(of: archive) }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }

  private static func error(of archive: OpaquePointer) -> ZipError {
    .failed(archive_error_string(archive).map { String(cString: $0) } ?? "unknown reason")
  }

  /// Runs `body` with names in UTF-8 on this thread.
  private static func speakingUTF8<T>(_ body: () throws -> T) rethrows -> T {
    let utf8 = artel_utf8_locale()
    let former = uselocale(utf8)
    defer {
      _ = uselocale(former)
      if let utf8 { freelocale(utf8) }
    }
    return try body()
  }
}
