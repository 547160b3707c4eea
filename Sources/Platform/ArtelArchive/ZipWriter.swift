import CArchive
import FoundationEssentials
import Glibc
import Synchronization

/// libarchive's writer for zip; every call blocks.
final class ZipWriter: Sendable {
  /// `S_IFREG`, which more than one module has.
  private static let regularFile: UInt32 = 0o100000

  private let handle: Mutex<OpaquePointer?>
  private let place: Place

  /// Where an archive is written.
  enum Place {
    case file(path: String)
    case descriptor(Int32)
    /// What is written waits there until it is taken.
    case memory(Written)
  }

  /// Bytes of an archive that nobody has taken yet.
  final class Written: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func append(_ piece: UnsafeRawBufferPointer) {
      bytes.withLock { $0.append(contentsOf: piece) }
    }

    func take() -> [UInt8] {
      bytes.withLock { bytes in
        defer { bytes = [] }
        return bytes
      }
    }
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
    self.place = place
  }

  private static func attach(_ archive: OpaquePointer, to place: Place) -> Int32 {
    switch place {
    case .file(let path): archive_write_open_filename(archive, path)
    case .descriptor(let descriptor): archive_write_open_fd(archive, descriptor)
    case .memory(let written): attach(archive, to: written)
    }
  }

  private static func attach(_ archive: OpaquePointer, to written: Written) -> Int32 {
    // Otherwise libarchive holds back what does not fill a block.
    guard archive_write_set_bytes_per_block(archive, 0) == ARCHIVE_OK else { return ARCHIVE_FATAL }
    // The writer keeps it for as long as the archive is open.
    let target = Unmanaged.passUnretained(written).toOpaque()
    return archive_write_open(archive, target, nil) { _, target, bytes, count in
      guard let target else { return -1 }
      Unmanaged<Written>.fromOpaque(target).takeUnretainedValue()
        .append(UnsafeRawBufferPointer(start: bytes, count: count))
      return count
    } _: { _, _ in
      ARCHIVE_OK
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
    let file = try begin(name, fileAt: path, changedAt: date)
    while try copyPiece(of: file) {}
  }

  /// Begins the entry of a file; ``copyPiece(of:)`` writes it.
  func begin(_ name: String, fileAt path: String, changedAt date: Date) throws -> SourceFile {
    let file = try SourceFile(path)
    try withArchive { archive in
      archive_write_zip_set_compression_store(archive)
      try begin(name, file.sizeBytes, date, in: archive)
    }
    return file
  }

  /// Writes the next piece of a file; returns whether there are more.
  func copyPiece(of file: SourceFile) throws -> Bool {
    try withArchive { archive in
      try file.readPiece { try write($0, to: archive) }
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

  private func withArchive<Result: Sendable>(
    _ body: (OpaquePointer) throws -> Result
  ) throws -> Result {
    try handle.withLock { archive in
      guard let open = archive else { throw ZipError.failed("it has ended") }
      return try body(open)
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

/// A file whose bytes go into an archive; closed when nobody holds it any more.
final class SourceFile: Sendable {
  private static let pieceBytes = 262_144

  let sizeBytes: Int
  private let descriptor: Int32
  private let left: Mutex<Int>

  init(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ZipError.unreadable(errno) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      let code = errno
      close(descriptor)
      throw ZipError.unreadable(code)
    }
    self.descriptor = descriptor
    sizeBytes = Int(status.st_size)
    left = Mutex(sizeBytes)
  }

  deinit {
    close(descriptor)
  }

  /// Reads the next piece, if there is one, and returns whether there are more.
  func readPiece(_ use: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
    try left.withLock { left in
      guard left > 0 else { return false }
      let piece = UnsafeMutableRawBufferPointer.allocate(
        byteCount: min(left, Self.pieceBytes),
        alignment: 16
      )
      defer { piece.deallocate() }
      var count = read(descriptor, piece.baseAddress, piece.count)
      while count < 0, errno == EINTR { count = read(descriptor, piece.baseAddress, piece.count) }
      // Its size is already written, so that a file that became shorter spoils the whole.
      guard count > 0 else { throw ZipError.failed("a file ended early") }
      try use(UnsafeRawBufferPointer(rebasing: piece[..<count]))
      left -= count
      return left > 0
    }
  }
}
