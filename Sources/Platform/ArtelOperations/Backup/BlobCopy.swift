import ArtelConcurrency
import ArtelStorage
import Synchronization

/// Copies blobs from one store's layout to another's and checks each against its digest.
final class BlobCopy: Sendable {
  /// How many blobs are copied at a time.
  private static let width = 4

  private let source: BlobStore
  private let target: BlobStore
  private let pool: BlockingPool
  private let progress: @Sendable (BackupProgress) -> Void
  private let sizes = Mutex<[Digest: Int]>([:])

  init(
    from source: BlobStore,
    to target: BlobStore,
    pool: BlockingPool,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) {
    self.source = source
    self.target = target
    self.pool = pool
    self.progress = progress
  }

  /// What was copied so far: the size of each blob in bytes.
  var copied: [Digest: Int] {
    sizes.withLock { $0 }
  }

  /// Copies those that were not copied yet, and forgets those that are not wanted any more.
  ///
  /// - Returns: The ones that are missing or damaged at the source.
  @discardableResult
  func copy(_ wanted: Set<Digest>) async throws -> Set<Digest> {
    for unwanted in Set(copied.keys).subtracting(wanted) {
      try await target.remove(unwanted)
      sizes.withLock { $0[unwanted] = nil }
    }
    let missing = wanted.subtracting(copied.keys)
    let totalBytes = try await pool.run { [source] in
      missing.reduce(0) { $0 + BackupDisk.sizeBytes(of: source.path(of: $1)) }
    }
    var doneBytes = 0
    var lost: Set<Digest> = []
    var rest = missing.makeIterator()
    try await withThrowingTaskGroup(of: (Digest, Int?).self) { group in
      // Several at a time share the disk's waits for durability.
      for _ in 0..<BlobCopy.width {
        guard let digest = rest.next() else { break }
        group.addTask { (digest, try await self.copy(digest)) }
      }
      for try await (digest, sizeBytes) in group {
        if let sizeBytes {
          sizes.withLock { $0[digest] = sizeBytes }
          doneBytes += sizeBytes
        } else {
          lost.insert(digest)
        }
        progress(BackupProgress(.blobs, doneBytes: doneBytes, totalBytes: totalBytes))
        if let next = rest.next() {
          group.addTask { (next, try await self.copy(next)) }
        }
      }
    }
    return lost
  }

  private func copy(_ digest: Digest) async throws -> Int? {
    let from = source.path(of: digest)
    let to = target.path(of: digest)
    return try await pool.run {
      try BackupDisk.makeDirectories(BackupDisk.folder(of: to))
      let line = try BackupDisk.digest(of: from, copyingTo: to)
      guard let line, line.digest == digest else {
        try BackupDisk.remove(to)
        return nil
      }
      return line.sizeBytes
    }
  }
}
