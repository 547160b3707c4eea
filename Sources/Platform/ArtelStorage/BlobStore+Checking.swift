public import ArtelConcurrency
import Crypto
public import FoundationEssentials
import Glibc

extension BlobStore {
  /// How a check goes about it.
  public struct CheckOptions: Sendable {
    /// The most that is read per second on average, in bytes; one file is read at once.
    ///
    /// Default nil: as fast as the disk gives them.
    public var bytesPerSecond: Int?
    /// Files younger than this do not count as orphans, in seconds.
    ///
    /// Default an hour.
    public var orphanAge: TimeInterval = 3600
    /// Tells the time.
    public var clock = WallClock.system
    /// Waits between files; tests count instead.
    public var pause: @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    /// Told of what was found so far, every few files.
    public var progress: @Sendable (BlobCheck) -> Void = { _ in }

    /// Reads as fast as possible and tells nobody.
    public init() {}
  }

  /// Reads every file, compares it with its digest, and compares files with rows in both directions.
  ///
  /// Changes and removes nothing: a damaged picture is still worth more than none. What is uploaded
  /// or deleted meanwhile is no finding. The result is kept for ``lastCheck()``, also across restarts;
  /// a disk too full for that does not stop a check.
  ///
  /// - Parameters:
  ///   - contexts: All that use this store.
  ///   - options: How fast, and whom to tell.
  /// - Returns: What was found.
  /// - Throws: ``StorageError/Code/busy`` while another check runs on this disk, on any node; what a
  ///   context throws; `CancellationError`.
  public func check(
    against contexts: [BlobReferences],
    _ options: CheckOptions = CheckOptions()
  ) async throws -> BlobCheck {
    let turn = try await pool.run { [shelf] in try CheckTurn(in: shelf) }
    defer { withExtendedLifetime(turn) {} }
    var check = BlobCheck(startedAt: options.clock.now())
    let grace = check.startedAt.addingTimeInterval(-options.orphanAge)
    try await eachPiece(writtenBefore: .distantFuture) { [self] piece in
      for blob in piece {
        let bytes = try await read(blob.digest, into: &check)
        if let rate = options.bytesPerSecond, bytes > 0 {
          try await options.pause(.seconds(1) * (Double(bytes) / Double(max(1, rate))))
        }
        if check.files.isMultiple(of: 16) { options.progress(check) }
      }
      let old = piece.filter { $0.writtenAt < grace }.map(\.digest)
      for orphan in try await orphans(among: old, by: contexts).sorted(by: { $0.hex < $1.hex }) {
        check.orphans.add(orphan)
      }
    }
    for context in contexts {
      try await context.eachPage { [self] digests in
        for digest in try await missing(among: digests, of: context) { check.missing.add(digest) }
      }
    }
    check.finishedAt = options.clock.now()
    options.progress(check)
    let result = check
    try? await pool.run { [shelf] in try shelf.keep(result) }
    return result
  }

  /// What the last finished check of this disk found, on whichever node; nil when there was none.
  public func lastCheck() async throws -> BlobCheck? {
    try await pool.run { [shelf] in try shelf.lastCheck() }
  }

  /// Reads one file and notes what is wrong with it; returns its length in bytes.
  private func read(_ digest: Digest, into check: inout BlobCheck) async throws -> Int {
    let found: (digest: Digest, sizeBytes: Int)?
    do {
      found = try await pool.run { [shelf] in try Disk.digest(of: shelf.path(of: digest)) }
    } catch let error as StorageError {
      // Deleted since its folder was listed.
      guard error.code != .missing else { return 0 }
      check.files += 1
      check.unreadable.add(digest)
      return 0
    }
    guard let found else { return 0 }
    check.files += 1
    check.bytes += found.sizeBytes
    if found.digest != digest { check.damaged.add(digest) }
    return found.sizeBytes
  }

  /// Those that rows name and the disk does not have.
  private func missing(
    among digests: [Digest],
    of context: BlobReferences
  ) async throws -> [Digest] {
    let absent = try await pool.run { [shelf] () throws -> [Digest] in
      var absent: [Digest] = []
      for digest in digests where try Disk.size(shelf.path(of: digest)) == nil {
        absent.append(digest)
      }
      return absent
    }
    guard !absent.isEmpty else { return [] }
    // The row goes first and the file afterwards, so whoever is still named by now is missing.
    let named = try await context.named(absent)
    return absent.filter(named.contains)
  }
}

/// Keeps other checks of the same disk out for as long as it is held.
private final class CheckTurn: Sendable {
  private let descriptor: Int32

  init(in shelf: BlobShelf) throws(StorageError) {
    try shelf.makeFolders()
    let path = "\(shelf.directory)/check.lock"
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw StorageError(errno: errno, "open", path) }
    guard try Disk.tryLock(descriptor, path) else {
      throw StorageError(.busy, path)
    }
  }

  deinit {
    if descriptor >= 0 { close(descriptor) }
  }
}

extension BlobShelf {
  private var checkPath: String { "\(directory)/check.json" }

  /// Puts the result of a check where the next one is looked for, whole or not at all.
  fileprivate func keep(_ check: BlobCheck) throws {
    let bytes = try check.json
    // Only one check runs at a time, so the name is its own; one that was killed may have left it.
    let path = "\(checkPath).unfinished"
    _ = try Disk.remove(path)
    let descriptor = try Disk.create(path)
    defer { close(descriptor) }
    do {
      try bytes.withUnsafeBytes { try Disk.write($0, to: descriptor, path) }
      try Disk.sync(descriptor, path)
      guard rename(path, checkPath) == 0 else {
        throw StorageError(errno: errno, "rename", checkPath)
      }
    } catch {
      unlink(path)
      throw error
    }
    try Disk.syncDirectory(directory)
  }

  fileprivate func lastCheck() throws -> BlobCheck? {
    guard try Disk.size(checkPath) != nil else { return nil }
    let descriptor = try Disk.openForReading(checkPath)
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    try Disk.read(descriptor, checkPath) { bytes += $0 }
    return try BlobCheck(json: bytes)
  }
}
