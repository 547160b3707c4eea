import Crypto
import Glibc
import Synchronization

/// A file in `incoming/` that is hashed as it grows.
///
/// All its calls block, and exclude each other: a cancelled upload can still be writing when it is
/// discarded.
final class IncomingFile: Sendable {
  private struct Progress {
    var descriptor: Int32
    var hash = SHA256()
    var sizeBytes = 0
  }

  let path: String
  private let shelf: BlobShelf
  /// Nil once published or discarded.
  private let progress: Mutex<Progress?>

  init(in shelf: BlobShelf) throws(StorageError) {
    path = try shelf.freshPath()
    let descriptor = try Disk.create(path)
    self.shelf = shelf
    progress = Mutex(Progress(descriptor: descriptor))
    try shelf.reached(.uploadBegun)
  }

  deinit {
    discard()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(StorageError) {
    try progress.withLock { progress throws(StorageError) in
      guard progress != nil else { throw StorageError(.closed, path) }
      progress?.hash.update(bufferPointer: bytes)
      progress?.sizeBytes += bytes.count
      try Disk.write(bytes, to: progress?.descriptor ?? -1, path)
      try shelf.reached(.pieceWritten)
    }
  }

  /// Makes the file a blob; when that fails, the file is discarded.
  func publish() throws(StorageError) -> Blob {
    try progress.withLock { progress throws(StorageError) in
      guard let written = progress.take() else { throw StorageError(.closed, path) }
      defer { close(written.descriptor) }
      let blob = Blob(digest: Digest(written.hash.finalize()), sizeBytes: written.sizeBytes)
      do throws(StorageError) {
        try shelf.publish(
          blob.digest,
          from: path,
          descriptor: written.descriptor,
          sizeBytes: blob.sizeBytes
        )
      } catch {
        unlink(path)
        throw error
      }
      return blob
    }
  }

  func discard() {
    progress.withLock { progress in
      guard let written = progress.take() else { return }
      close(written.descriptor)
      unlink(path)
    }
  }
}
