import ArtelConcurrency
import Glibc

/// Files of one context that grow over several requests and outlive restarts, until they are whole.
///
/// ```
/// partial/<context>/<name>   one file for each, locked by the process that writes to it
/// ```
/// How far a file has come is not told by its length, as the end may be from a write that was never
/// acknowledged: whoever opens it says where it goes on. The locks are `flock`s, so that one process at
/// a time writes to a file, on whichever node.
public struct PartialFiles: Sendable {
  private let context: String
  private let shelf: BlobShelf
  private let pool: BlockingPool

  init(of context: String, on shelf: BlobShelf, pool: BlockingPool) {
    self.context = context
    self.shelf = shelf
    self.pool = pool
  }

  /// Opens a file and holds it; go on with ``PartialFile/rewind(to:)``.
  ///
  /// - Parameters:
  ///   - name: A name without slashes.
  ///   - making: Whether a file is made where there is none, durably.
  /// - Returns: The file.
  /// - Throws: ``StorageError/Code/busy`` while somebody else holds it, ``StorageError/Code/missing``
  ///   when there is none and none was to be made; or another ``StorageError``.
  public func open(_ name: String, making: Bool) async throws -> PartialFile {
    let (path, folder) = (path(of: name), folder)
    return try await pool.run { [self] in
      guard let descriptor = try descriptor(of: path, making: making) else {
        throw StorageError(.missing, path)
      }
      let file = PartialFile(path, descriptor: descriptor, on: shelf, pool: pool)
      guard try Disk.tryLock(descriptor, path) else { throw StorageError(.busy, path) }
      if making { try Disk.syncDirectory(folder) }
      return file
    }
  }

  /// Takes over a file that is complete and synced, on the same disk: it is gone from where it was.
  ///
  /// - Throws: ``StorageError``.
  public func take(fileAt source: String, as name: String) async throws {
    let (path, folder) = (path(of: name), folder)
    try await pool.run { [self] in
      try makeFolders()
      guard rename(source, path) == 0 else { throw StorageError(errno: errno, "rename", path) }
      try Disk.syncDirectory(folder)
    }
  }

  /// Removes a file, whoever holds it; nothing happens when there is none.
  public func remove(_ name: String) async throws {
    let path = path(of: name)
    try await pool.run { [shelf] in
      if try Disk.remove(path) { try shelf.reached(.partRemoved) }
    }
  }

  /// The names of all files, in no order.
  public func names() async throws -> [String] {
    let folder = folder
    return try await pool.run {
      try Disk.isDirectory(folder) ? Disk.names(in: folder) : []
    }
  }

  private var folder: String { "\(shelf.directory)/partial/\(context)" }

  private func path(of name: String) -> String { "\(folder)/\(name)" }

  private func descriptor(of path: String, making: Bool) throws(StorageError) -> Int32? {
    if let descriptor = try Disk.openForWriting(path, making: making) { return descriptor }
    guard making else { return nil }
    try makeFolders()
    return try Disk.openForWriting(path, making: true)
  }

  private func makeFolders() throws(StorageError) {
    try shelf.makeFolders()
    try Disk.makeDirectory("\(shelf.directory)/partial", in: shelf.directory)
    try Disk.makeDirectory(folder, in: "\(shelf.directory)/partial")
  }
}

extension BlobStore {
  /// The files of a context that grow over several requests, on the same disk.
  ///
  /// The name of the context, in lower-case letters, names a folder.
  public func partialFiles(of context: String) -> PartialFiles {
    PartialFiles(of: context, on: shelf, pool: pool)
  }
}
