import Crypto
import Glibc

/// The system calls of the store, with errors as ``StorageError``; all of them block.
enum Disk {
  static func create(_ path: String) throws(StorageError) -> Int32 {
    let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw StorageError(errno: errno, "open", path) }
    return descriptor
  }

  static func openForReading(_ path: String) throws(StorageError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw StorageError(errno: errno, "open", path) }
    return descriptor
  }

  /// Opens an existing lock file; nil when there is none.
  static func openLock(_ path: String) throws(StorageError) -> Int32? {
    // For writing, because network file systems lock nothing else.
    let descriptor = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor < 0 else { return descriptor }
    guard errno == ENOENT || errno == ELOOP || errno == EISDIR else {
      throw StorageError(errno: errno, "open", path)
    }
    return nil
  }

  /// Opens a file to go on writing it, and makes it where wanted; nil when there is none.
  static func openForWriting(_ path: String, making: Bool) throws(StorageError) -> Int32? {
    let flags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | (making ? O_CREAT : 0)
    let descriptor = open(path, flags, 0o600)
    guard descriptor < 0 else { return descriptor }
    guard errno == ENOENT else { throw StorageError(errno: errno, "open", path) }
    return nil
  }

  /// Cuts an open file to a length, and goes on there; false when it is shorter.
  static func rewind(
    _ descriptor: Int32,
    to sizeBytes: Int,
    _ path: String
  ) throws(StorageError) -> Bool {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw StorageError(errno: errno, "stat", path) }
    guard Int(status.st_size) >= sizeBytes else { return false }
    guard ftruncate(descriptor, sizeBytes) == 0, lseek(descriptor, sizeBytes, SEEK_SET) >= 0 else {
      throw StorageError(errno: errno, "ftruncate", path)
    }
    return true
  }

  /// Takes the lock of an open file, which goes with the descriptor; false when another has it.
  static func tryLock(_ descriptor: Int32, _ path: String) throws(StorageError) -> Bool {
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      if errno == EWOULDBLOCK { return false }
      guard errno == EINTR else { throw StorageError(errno: errno, "flock", path) }
    }
    return true
  }

  static func write(
    _ bytes: UnsafeRawBufferPointer,
    to descriptor: Int32,
    _ path: String
  ) throws(StorageError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Glibc.write(
        descriptor,
        UnsafeRawBufferPointer(rebasing: rest).baseAddress,
        rest.count
      )
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        throw StorageError(errno: errno, "write", path)
      }
    }
  }

  /// Hands every piece of the file to `body`, at most 256 KiB at a time.
  static func read(
    _ descriptor: Int32,
    _ path: String,
    _ body: (UnsafeRawBufferPointer) throws(StorageError) -> Void
  ) throws(StorageError) {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 16)
    defer { buffer.deallocate() }
    while true {
      let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
      if count > 0 {
        try body(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      } else if count == 0 {
        return
      } else if errno != EINTR {
        throw StorageError(errno: errno, "read", path)
      }
    }
  }

  /// The digest and the length of a file as the disk has it; nil when there is no regular file.
  static func digest(
    of path: String
  ) throws(StorageError) -> (digest: Digest, sizeBytes: Int)? {
    guard try size(path) != nil else { return nil }
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    // What is in memory says nothing about the disk, and a look at every file must not push out what
    // is in use.
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
    defer { posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED) }
    var hash = SHA256()
    var sizeBytes = 0
    try read(descriptor, path) { bytes throws(StorageError) in
      hash.update(bufferPointer: bytes)
      sizeBytes += bytes.count
    }
    return (Digest(hash.finalize()), sizeBytes)
  }

  static func sync(_ descriptor: Int32, _ path: String) throws(StorageError) {
    guard fsync(descriptor) == 0 else { throw StorageError(errno: errno, "fsync", path) }
  }

  static func syncDirectory(_ path: String) throws(StorageError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw StorageError(errno: errno, "open", path) }
    defer { close(descriptor) }
    try sync(descriptor, path)
  }

  /// Makes one directory durable in its parent; an existing one is fine.
  static func makeDirectory(_ path: String, in parent: String) throws(StorageError) {
    if mkdir(path, 0o700) == 0 {
      try syncDirectory(parent)
    } else if errno != EEXIST {
      throw StorageError(errno: errno, "mkdir", path)
    }
  }

  /// Size in bytes of a regular file; nil when there is none.
  static func size(_ path: String) throws(StorageError) -> Int? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT || errno == ENOTDIR else {
        throw StorageError(errno: errno, "stat", path)
      }
      return nil
    }
    return status.st_mode & S_IFMT == S_IFREG ? Int(status.st_size) : nil
  }

  /// Whether there is a directory, not a link to one.
  static func isDirectory(_ path: String) throws(StorageError) -> Bool {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw StorageError(errno: errno, "stat", path) }
      return false
    }
    return status.st_mode & S_IFMT == S_IFDIR
  }

  /// When a regular file was last written or touched, in seconds since 1970; nil when there is none.
  static func writtenAt(_ path: String) throws(StorageError) -> Double? {
    var status = stat()
    guard lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw StorageError(errno: errno, "stat", path) }
      return nil
    }
    guard status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) * 1e-9
  }

  /// Gives a file the present date.
  static func touch(_ path: String) throws(StorageError) {
    guard utimensat(AT_FDCWD, path, nil, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw StorageError(errno: errno, "utimensat", path)
    }
  }

  /// Whether a rename from one to the other is possible.
  static func isOnSameDisk(_ path: String, _ other: String) throws(StorageError) -> Bool {
    var (first, second) = (stat(), stat())
    guard lstat(path, &first) == 0 else { throw StorageError(errno: errno, "stat", path) }
    guard lstat(other, &second) == 0 else { throw StorageError(errno: errno, "stat", other) }
    return first.st_dev == second.st_dev
  }

  /// Removes a file; false when there was none.
  static func remove(_ path: String) throws(StorageError) -> Bool {
    if unlink(path) == 0 { return true }
    guard errno == ENOENT || errno == ENOTDIR else {
      throw StorageError(errno: errno, "unlink", path)
    }
    return false
  }

  /// Removes a file, or a directory with everything below it; symbolic links are not followed.
  static func removeTree(_ path: String) throws(StorageError) {
    if unlink(path) == 0 || errno == ENOENT { return }
    guard errno == EISDIR || errno == EPERM else {
      throw StorageError(errno: errno, "unlink", path)
    }
    for name in try names(in: path) {
      try removeTree("\(path)/\(name)")
    }
    guard rmdir(path) == 0 || errno == ENOENT else {
      throw StorageError(errno: errno, "rmdir", path)
    }
  }

  static func names(in path: String) throws(StorageError) -> [String] {
    guard let directory = opendir(path) else { throw StorageError(errno: errno, "opendir", path) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." {
        names.append(name)
      }
    }
    return names
  }

  /// A name no other file has: 128 random bits.
  static func randomName() -> String {
    var generator = SystemRandomNumberGenerator()
    let halves = (generator.next() as UInt64, generator.next() as UInt64)
    return String(halves.0, radix: 36) + "-" + String(halves.1, radix: 36)
  }
}
