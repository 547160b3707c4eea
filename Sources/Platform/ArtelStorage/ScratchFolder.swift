import ArtelConcurrency

/// A private folder on the store's disk for files that may become blobs, such as thumbnails in the
/// making.
///
/// Releasing it removes it with everything inside; so does the next start after a crash.
public final class ScratchFolder: Sendable {
  /// Absolute path, mode 0700.
  public let path: String
  private let pool: BlockingPool

  init(path: String, pool: BlockingPool) {
    self.path = path
    self.pool = pool
  }

  deinit {
    let (path, pool) = (path, pool)
    Task.detached { try? await pool.run { try Disk.removeTree(path) } }
  }

  /// Removes the folder now; again does nothing.
  public func remove() async {
    let (path, pool) = (path, pool)
    await Task.detached { try? await pool.run { try Disk.removeTree(path) } }.value
  }
}
