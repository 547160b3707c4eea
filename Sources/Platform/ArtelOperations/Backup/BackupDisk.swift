import ArtelCluster
import ArtelStorage
import Crypto
import FoundationEssentials
import Glibc

/// Reads and writes the files of backups; every function blocks.
enum BackupDisk {
  static func refusal(_ act: String, _ path: String) -> BackupError {
    BackupError(.disk, "Cannot \(act) \(path): \(String(cString: strerror(errno))).")
  }

  static func makeDirectories(_ path: String) throws {
    do {
      try FileManager.default.createDirectory(
        atPath: path,
        withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700]
      )
    } catch {
      throw BackupError(.disk, "Cannot make the directory \(path).\(obstacle(to: path))")
    }
  }

  /// Which parent is in the way of a directory, and what to do about it; empty when none is.
  ///
  /// Started by root, the program works as another user, who may enter fewer directories.
  static func obstacle(to path: String) -> String {
    var parent = ""
    for part in path.split(separator: "/") {
      guard access("\(parent)/\(part)", F_OK) == 0 else { break }
      parent += "/" + part
    }
    guard access(parent.isEmpty ? "/" : parent, W_OK | X_OK) != 0,
      let name = try? SystemUser.current().name
    else { return "" }
    return
      " The user \(name), as whom this program works, may not write into \(parent)/. Name a folder "
      + "that it can reach, or make one for it: `install -d -o \(name) /var/backups/artel`."
  }

  /// Whether nothing is at `path`, or an empty directory; `ignoring` are names that do not count.
  static func isVacant(_ path: String, ignoring names: Set<String> = []) -> Bool {
    guard FileManager.default.fileExists(atPath: path) else { return true }
    let found = try? FileManager.default.contentsOfDirectory(atPath: path)
    return found.map { names.isSuperset(of: $0) } ?? false
  }

  static func remove(_ path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    do {
      try FileManager.default.removeItem(atPath: path)
    } catch {
      throw BackupError(.disk, "Cannot remove \(path).")
    }
  }

  /// Hashes a file, and copies it when `target` is given; nil when there is no such file.
  ///
  /// The copy is private (0600) and survives a power cut; its name does once the directory was
  /// synchronized.
  static func digest(of path: String, copyingTo target: String? = nil) throws -> BlobLine? {
    let source = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard source >= 0 else {
      if errno == ENOENT { return nil }
      throw refusal("read", path)
    }
    defer { close(source) }
    var copy: Int32 = -1
    if let target {
      copy = open(target, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
      guard copy >= 0 else { throw refusal("write", target) }
    }
    defer { if copy >= 0 { close(copy) } }

    var hash = SHA256()
    var sizeBytes = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = read(source, buffer.baseAddress, buffer.count)
      guard count >= 0 || errno == EINTR else { throw refusal("read", path) }
      guard count != 0 else { break }
      guard count > 0 else { continue }
      let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
      hash.update(bufferPointer: bytes)
      sizeBytes += count
      if let target { try write(bytes, to: copy, target) }
    }
    if let target, fsync(copy) != 0 { throw refusal("synchronize", target) }
    return BlobLine(digest: Digest(hash.finalize()), sizeBytes: sizeBytes)
  }

  /// Writes a file so that it survives a power cut, and describes it.
  @discardableResult
  static func write(_ bytes: [UInt8], to path: String) throws -> BlobLine {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refusal("write", path) }
    defer { close(descriptor) }
    try bytes.withUnsafeBytes { try write($0, to: descriptor, path) }
    guard fsync(descriptor) == 0 else { throw refusal("synchronize", path) }
    return BlobLine(digest: Digest(SHA256.hash(data: bytes)), sizeBytes: bytes.count)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ path: String)
    throws
  {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      guard count >= 0 || errno == EINTR else { throw refusal("write", path) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(max(0, count)))
    }
  }

  /// Makes the names of all files below a directory survive a power cut.
  static func synchronize(treeOf directory: String) throws {
    try synchronize(directory)
    for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
      var status = stat()
      guard lstat("\(directory)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
        continue
      }
      try synchronize("\(directory)/\(name)")
    }
  }

  /// Makes a file or the entries of a directory survive a power cut.
  static func synchronize(_ path: String) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw refusal("synchronize", path) }
  }

  static func move(_ source: String, to target: String) throws {
    guard rename(source, target) == 0 else { throw refusal("move", source) }
  }

  static func sizeBytes(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  /// The regular files below a folder as paths relative to it, in order; none when there is no folder.
  static func files(below folder: String) throws -> [String] {
    guard FileManager.default.fileExists(atPath: folder) else { return [] }
    do {
      return try FileManager.default.subpathsOfDirectory(atPath: folder)
        .filter { name in
          var status = stat()
          return lstat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
        .sorted()
    } catch {
      throw BackupError(.disk, "Cannot read the folder \(folder).")
    }
  }

  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
  }
}
