public import ArtelConcurrency
import Crypto
import Glibc

/// Files named by the SHA-256 of their content, on one disk.
///
/// A blob is written once and never changed. A crash at any point leaves either nothing visible or
/// the whole blob, durable; left-overs of uploads go with the next ``sweep()``. The store does not
/// count references: rows of databases name its blobs, ``BlobReferences`` tells which, and a blob
/// that none names goes by ``remove(unreferenced:by:)`` or ``removeOrphans(by:writtenBefore:at:)``.
public final class BlobStore: Sendable {
  let shelf: BlobShelf
  /// Runs every access to the disk; also for reading a file while it is sent.
  public let pool: BlockingPool

  /// Describes a store; touches no disk before the first call.
  ///
  /// - Parameters:
  ///   - directory: Absolute path; made on first use, mode 0700. Several processes may use it.
  ///   - pool: Runs every access to the disk.
  ///   - reached: Called on a thread of `pool` at every step; tests end the process there.
  public convenience init(
    directory: String,
    pool: BlockingPool,
    reached: @escaping @Sendable (Step) -> Void = { _ in }
  ) {
    self.init(shelf: BlobShelf(directory: directory) { step in reached(step) }, pool: pool)
  }

  init(shelf: BlobShelf, pool: BlockingPool) {
    self.shelf = shelf
    self.pool = pool
  }

  /// Opens an upload of at most `limitBytes` bytes.
  public func begin(limitBytes: Int) async throws -> BlobUpload {
    let file = try await pool.run { [shelf] in try IncomingFile(in: shelf) }
    return BlobUpload(file: file, pool: pool, limitBytes: limitBytes)
  }

  /// Makes an empty private folder on the same disk, so that ``adopt(fileAt:)`` can move instead of
  /// copy.
  public func makeScratchFolder() async throws -> ScratchFolder {
    try await pool.run { [shelf, pool] in
      let path = try shelf.freshPath()
      guard mkdir(path, 0o700) == 0 else { throw StorageError(errno: errno, "mkdir", path) }
      try shelf.reached(.scratchMade)
      // Made here, so that it is removed when nobody waits for it any more.
      return ScratchFolder(path: path, pool: pool)
    }
  }

  /// Takes over a file that is complete: hashes it and moves it in, or copies it from another disk.
  ///
  /// The file at `path` is gone afterwards; on an error it is still there. Nobody may write to it
  /// meanwhile.
  ///
  /// - Throws: ``StorageError/Code/missing`` when there is no such regular file, or as
  ///   ``BlobUpload/finish()``.
  public func adopt(fileAt path: String) async throws -> Blob {
    try await pool.run { [shelf] in
      guard try Disk.size(path) != nil else { throw StorageError(.missing, path) }
      try shelf.makeFolders()
      var hash = SHA256()
      var sizeBytes = 0
      let descriptor = try Disk.openForReading(path)
      defer { Glibc.close(descriptor) }
      guard try Disk.isOnSameDisk(path, shelf.directory) else {
        let copy = try IncomingFile(in: shelf)
        try Disk.read(descriptor, path) { bytes throws(StorageError) in try copy.write(bytes) }
        let blob = try copy.publish()
        _ = try Disk.remove(path)
        return blob
      }
      try Disk.read(descriptor, path) { bytes throws(StorageError) in
        hash.update(bufferPointer: bytes)
        sizeBytes += bytes.count
      }
      let blob = Blob(digest: Digest(hash.finalize()), sizeBytes: sizeBytes)
      try shelf.publish(blob.digest, from: path, descriptor: descriptor, sizeBytes: sizeBytes)
      return blob
    }
  }

  /// The SHA-256 of a file that is no blob, read as a whole.
  ///
  /// - Throws: ``StorageError/Code/missing``, or another ``StorageError``.
  public func digest(ofFileAt path: String) async throws -> Digest {
    try await pool.run {
      var hash = SHA256()
      let descriptor = try Disk.openForReading(path)
      defer { Glibc.close(descriptor) }
      try Disk.read(descriptor, path) { bytes throws(StorageError) in
        hash.update(bufferPointer: bytes)
      }
      return Digest(hash.finalize())
    }
  }

  /// Where the blob's file is, or would be.
  public func path(of digest: Digest) -> String {
    shelf.path(of: digest)
  }

  /// Length in bytes; nil when there is no such blob.
  public func size(of digest: Digest) async throws -> Int? {
    try await pool.run { [shelf] in try Disk.size(shelf.path(of: digest)) }
  }

  /// Removes a blob whether or not a row names it; false when there was none.
  ///
  /// Prefer ``remove(unreferenced:by:)``, which looks first.
  @discardableResult public func remove(_ digest: Digest) async throws -> Bool {
    try await pool.run { [shelf] in
      let wasThere = try Disk.remove(shelf.path(of: digest))
      try shelf.reached(.removed)
      return wasThere
    }
  }

  /// Makes the folders and removes what uploads left behind at a crash; call it once, before the
  /// first upload.
  ///
  /// What other processes that live are uploading stays: each has a folder of its own, with a lock
  /// that the kernel releases when the process ends.
  ///
  /// - Returns: How many left-overs there were.
  @discardableResult public func sweep() async throws -> Int {
    try await pool.run { [shelf] in try shelf.sweep() }
  }

  /// Removes the folder of this store's own uploads, with those that are not finished.
  ///
  /// For the end of a process; what is left without it goes with the next ``sweep()``. The store can
  /// be used again.
  public func close() async throws {
    try await pool.run { [shelf] in try shelf.leave() }
  }
}
