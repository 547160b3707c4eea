import ArtelConcurrency
import Synchronization

/// A blob on its way in: appended to by one task, then finished or cancelled.
///
/// Nothing of it can be seen under its digest before ``finish()`` returns. Releasing it unfinished
/// removes its file.
public final class BlobUpload: Sendable {
  private struct Progress {
    var buffer: [UInt8] = []
    var sizeBytes = 0
    var isClosed = false
  }

  /// Bytes gathered before a thread writes them: network chunks are small, and a thread switch
  /// costs as much as hashing 8 KiB.
  private static let bufferBytes = 256 << 10

  private let file: IncomingFile
  private let pool: BlockingPool
  private let limitBytes: Int
  private let progress = Mutex(Progress())

  init(file: IncomingFile, pool: BlockingPool, limitBytes: Int) {
    self.file = file
    self.pool = pool
    self.limitBytes = limitBytes
  }

  deinit {
    let (file, pool) = (file, pool)
    Task.detached { try? await pool.run { file.discard() } }
  }

  /// Bytes appended so far.
  public var sizeBytes: Int {
    progress.withLock { $0.sizeBytes }
  }

  /// Adds bytes at the end; they reach the disk in pieces of about 256 KiB.
  ///
  /// - Throws: ``StorageError/Code/tooLarge`` when they exceed the limit,
  ///   ``StorageError/Code/noSpace`` or another ``StorageError``, `BlockingPoolError`,
  ///   `CancellationError`. The upload is then cancelled.
  public func append(_ bytes: some Collection<UInt8> & Sendable) async throws {
    let limitBytes = limitBytes
    let piece: [UInt8]?
    do throws(StorageError) {
      piece = try progress.withLock { progress throws(StorageError) in
        guard !progress.isClosed else { throw StorageError(.closed, file.path) }
        guard bytes.count <= limitBytes - progress.sizeBytes else {
          throw StorageError(.tooLarge, "more than \(limitBytes) bytes")
        }
        progress.sizeBytes += bytes.count
        progress.buffer.append(contentsOf: bytes)
        guard progress.buffer.count >= Self.bufferBytes else { return nil }
        defer { progress.buffer = [] }
        return progress.buffer
      }
    } catch {
      await cancel()
      throw error
    }
    if let piece {
      try await write(piece)
    }
  }

  /// Writes what is buffered and returns the path of the file, for a look at it before
  /// ``finish()``.
  ///
  /// The file goes with the upload: keep the upload while using the path.
  public func flush() async throws -> String {
    let piece = try progress.withLock { progress throws(StorageError) in
      guard !progress.isClosed else { throw StorageError(.closed, file.path) }
      defer { progress.buffer = [] }
      return progress.buffer
    }
    try await write(piece)
    return file.path
  }

  /// Stores the blob durably under its digest; storing what is there already succeeds without
  /// writing.
  ///
  /// - Throws: As ``append(_:)``; nothing is left behind then, but after `CancellationError` the
  ///   blob may still appear.
  public func finish() async throws -> Blob {
    _ = try await flush()
    let isFirst = progress.withLock { progress in
      defer { progress.isClosed = true }
      return !progress.isClosed
    }
    guard isFirst else { throw StorageError(.closed, file.path) }
    do {
      return try await pool.run { [file] in try file.publish() }
    } catch {
      await cancel()
      throw error
    }
  }

  /// Removes what has arrived; does nothing after ``finish()``.
  public func cancel() async {
    progress.withLock { progress in
      progress.isClosed = true
      progress.buffer = []
    }
    // In a task of its own: a cancelled caller must not keep the file from being removed.
    let (file, pool) = (file, pool)
    await Task.detached {
      do {
        try await pool.run { file.discard() }
      } catch {
        file.discard()
      }
    }.value
  }

  private func write(_ piece: [UInt8]) async throws {
    do {
      try await pool.run { [file] in
        try piece.withUnsafeBytes { try file.write($0) }
      }
    } catch {
      await cancel()
      throw error
    }
  }
}
