import Glibc

/// The layout of a store on disk, and the one way a file becomes a blob.
///
/// ```
/// incoming/<random>/         uploads and scratch folders of one process: worthless after a crash
/// blobs/ab/cd/<64 digits>    whole blobs, named by their digest, never written again
/// ```
struct BlobShelf: Sendable {
  let directory: String
  /// Tests plant a crash here.
  let reached: @Sendable (BlobStore.Step) throws(StorageError) -> Void
  private let incoming: IncomingFolder

  init(
    directory: String,
    reached: @escaping @Sendable (BlobStore.Step) throws(StorageError) -> Void
  ) {
    self.directory = directory
    self.reached = reached
    incoming = IncomingFolder(in: "\(directory)/incoming")
  }

  /// Where the next upload or scratch folder of this process goes.
  func freshPath() throws(StorageError) -> String {
    do {
      return try incoming.freshPath()
    } catch  where error.code == .missing {
      try makeFolders()
      return try incoming.freshPath()
    }
  }

  /// Gives up the folder of this process with everything in it.
  func leave() throws(StorageError) {
    try incoming.leave()
  }

  /// Removes what processes that are gone left in `incoming/`, and returns how much that was.
  func sweep() throws(StorageError) -> Int {
    try makeFolders()
    return try incoming.sweep { () throws(StorageError) in try reached(.leftoverRemoved) }
  }

  func path(of digest: Digest) -> String {
    "\(shard(of: digest))/\(digest.hex)"
  }

  private func shard(of digest: Digest) -> String {
    let hex = digest.hex.utf8
    return "\(directory)/blobs/\(String(decoding: hex.prefix(2), as: UTF8.self))"
      + "/\(String(decoding: hex.dropFirst(2).prefix(2), as: UTF8.self))"
  }

  func makeFolders() throws(StorageError) {
    try makeFolder(directory)
    try Disk.makeDirectory("\(directory)/incoming", in: directory)
    try Disk.makeDirectory("\(directory)/blobs", in: directory)
  }

  private func makeFolder(_ path: String) throws(StorageError) {
    guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
      throw StorageError(errno: errno, "mkdir", path)
    }
    let parent = String(path[..<slash])
    try makeFolder(parent)
    try Disk.makeDirectory(path, in: parent)
  }

  private func isWhole(_ digest: Digest) -> Bool {
    // What the disk does not give is as good as damaged.
    (try? Disk.digest(of: path(of: digest)))?.digest == digest
  }

  /// Makes the written file `source` visible under `digest`, durable before it returns.
  ///
  /// `source` is gone afterwards. A blob that is already there is read, and left alone if it is whole;
  /// otherwise a disk has failed, and the good file takes its place. Its date becomes the present one,
  /// so that a blob's date says when it was last stored.
  func publish(
    _ digest: Digest,
    from source: String,
    descriptor: Int32,
    sizeBytes: Int
  ) throws(StorageError) {
    let target = path(of: digest)
    let shard = shard(of: digest)
    try reached(.written)
    if try Disk.size(target) == sizeBytes, isWhole(digest) {
      try reached(.known)
      try Disk.touch(target)
      // Another upload may have renamed it a moment ago and not yet synced the folder.
      try Disk.syncDirectory(shard)
      _ = try Disk.remove(source)
      try reached(.shelved)
      return
    }
    try Disk.sync(descriptor, source)
    try reached(.synced)
    let outer = String(shard.dropLast(3))
    try Disk.makeDirectory(outer, in: "\(directory)/blobs")
    try Disk.makeDirectory(shard, in: outer)
    try reached(.shardMade)
    guard rename(source, target) == 0 else { throw StorageError(errno: errno, "rename", target) }
    try reached(.renamed)
    try Disk.syncDirectory(shard)
    try reached(.shelved)
  }
}
