import ArtelConcurrency
import Glibc
import Synchronization

/// A file of ``PartialFiles`` that is held: nobody else writes to it until it is closed.
///
/// Releasing it closes it. What was written and not synced may be lost with the machine, and only then.
public final class PartialFile: Sendable {
  /// Where it is, for reading it as a whole.
  public let path: String
  private let shelf: BlobShelf
  private let pool: BlockingPool
  /// Nil once closed.
  private let descriptor: Mutex<Int32?>

  init(_ path: String, descriptor: Int32, on shelf: BlobShelf, pool: BlockingPool) {
    self.path = path
    self.descriptor = Mutex(descriptor)
    self.shelf = shelf
    self.pool = pool
  }

  deinit {
    descriptor.withLock { if let descriptor = $0 { Glibc.close(descriptor) } }
  }

  /// Goes on at `offset`, in bytes from the beginning; what is behind is cut off.
  ///
  /// - Throws: ``StorageError/Code/missing`` when the file is shorter; or as ``append(_:)``.
  public func rewind(to offset: Int) async throws {
    try await run { descriptor, path, _ in
      guard try Disk.rewind(descriptor, to: offset, path) else {
        throw StorageError(.missing, path)
      }
    }
  }

  /// Adds bytes at the end.
  ///
  /// - Throws: ``StorageError/Code/closed``, ``StorageError/Code/noSpace`` or another
  ///   ``StorageError``, `BlockingPoolError`, `CancellationError`; some of the bytes may be there then.
  public func append(_ bytes: [UInt8]) async throws {
    try await run { descriptor, path, shelf in
      try bytes.withUnsafeBytes { bytes in try Disk.write(bytes, to: descriptor, path) }
      try shelf.reached(.partWritten)
    }
  }

  /// Makes everything that was written durable before it returns.
  public func sync() async throws {
    try await run { descriptor, path, shelf in
      try Disk.sync(descriptor, path)
      try shelf.reached(.partSynced)
    }
  }

  /// Lets others write to the file; again does nothing.
  public func close() {
    descriptor.withLock { if let descriptor = $0.take() { Glibc.close(descriptor) } }
  }

  /// The lock is held while a thread works, so that nobody closes the descriptor meanwhile.
  private func run(
    _ body: @escaping @Sendable (Int32, String, BlobShelf) throws -> Void
  ) async throws {
    try await pool.run { [self] in
      try descriptor.withLock { descriptor in
        guard let descriptor else { throw StorageError(.closed, path) }
        try body(descriptor, path, shelf)
      }
    }
  }
}
