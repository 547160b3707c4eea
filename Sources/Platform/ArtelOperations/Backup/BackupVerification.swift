public import ArtelConcurrency
import ArtelStorage

extension BackupManifest {
  /// Reads a whole backup and makes sure that every byte is what was written.
  ///
  /// Cost: reads everything once. It does not tell whether the dumps can be restored; ``Restore`` does.
  ///
  /// - `pool`: Reads the files, one thread at a time.
  /// - Throws: ``BackupError``: ``BackupError/Code/damaged`` names the first file that is not sound.
  public static func verify(
    _ directory: String,
    pool: BlockingPool,
    progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
  ) async throws -> BackupManifest {
    let manifest = try await pool.run { try BackupManifest.read(from: directory) }
    let totalBytes = manifest.sizeBytes
    var doneBytes = 0
    for file in manifest.databases.map(\.file) + manifest.secrets + [manifest.blobList] {
      let found = try await pool.run { try BackupDisk.digest(of: "\(directory)/\(file.path)") }
      guard let found, found.sizeBytes == file.sizeBytes, found.digest.hex == file.sha256 else {
        throw damaged(file.path, in: directory)
      }
      doneBytes += file.sizeBytes
      progress(BackupProgress(.verification, doneBytes: doneBytes, totalBytes: totalBytes))
    }
    let store = BlobStore(directory: directory, pool: pool)
    let lines = try await pool.run {
      try BlobLine.read(from: "\(directory)/\(manifest.blobList.path)")
    }
    for line in lines {
      let path = store.path(of: line.digest)
      guard try await pool.run({ try BackupDisk.digest(of: path) }) == line else {
        throw damaged(path, in: directory)
      }
      doneBytes += line.sizeBytes
      progress(BackupProgress(.verification, doneBytes: doneBytes, totalBytes: totalBytes))
    }
    return manifest
  }

  private static func damaged(_ path: String, in directory: String) -> BackupError {
    BackupError(
      .damaged,
      "In the backup \(directory), \(path) is missing or damaged. Use another backup."
    )
  }
}
