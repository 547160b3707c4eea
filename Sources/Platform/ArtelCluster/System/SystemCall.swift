import Glibc

/// System calls on paths, with errors that name the path.
enum SystemCall {
  /// The text for `errno`.
  static func reason(_ number: Int32 = errno) -> String {
    String(cString: strerror(number))
  }

  /// What was refused and, where it is known, what to do.
  static func refusal(_ act: String, _ path: String) -> ClusterError {
    let reason = reason()
    let advice = Complaint(reason).advice(about: path, owner: nil).map { " " + $0 } ?? ""
    return ClusterError(.systemCall, "Cannot \(act) \(path): \(reason).\(advice)")
  }

  /// Reads a small file, or returns nil when it cannot be read.
  static func contents(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    let isWhole = withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 1) { buffer in
      while true {
        let count = read(descriptor, buffer.baseAddress, buffer.count)
        guard count != 0 else { return true }
        if count > 0 {
          bytes.append(contentsOf: buffer.prefix(count))
        } else if errno != EINTR {
          return false
        }
      }
    }
    return isWhole ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// Replaces a file in one step; readers see the old or the new text, also after a power cut.
  ///
  /// - Returns: Whether the file had another text before.
  @discardableResult
  static func write(_ text: String, to path: String, owner: SystemUser?) throws -> Bool {
    guard contents(of: path) != text else { return false }
    let temporary = path + ".incomplete"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw refusal("write", temporary) }
    defer { close(descriptor) }
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      guard count > 0 || errno == EINTR else { throw refusal("write", temporary) }
      rest = rest.dropFirst(max(0, count))
    }
    if let owner {
      guard fchown(descriptor, owner.userID, owner.groupID) == 0 else {
        throw refusal("hand over", path)
      }
    }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else { throw refusal("write", path) }
    return true
  }

  /// Makes a private directory (0700) unless it exists.
  static func makeDirectory(_ path: String, owner: SystemUser?) throws {
    guard mkdir(path, 0o700) == 0 else {
      guard errno == EEXIST else { throw refusal("make the directory", path) }
      return
    }
    if let owner {
      guard chown(path, owner.userID, owner.groupID) == 0 else { throw refusal("hand over", path) }
    }
  }

  /// Makes the entries of a directory survive a power cut.
  static func synchronize(directory path: String) throws {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw refusal("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw refusal("synchronize", path) }
  }

  /// What is at `path` itself, links not followed, or nil when nothing is.
  static func status(of path: String) -> stat? {
    var status = stat()
    return lstat(path, &status) == 0 ? status : nil
  }

  static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// The names in a directory, without `.` and `..`, or nil when it cannot be read.
  static func names(in path: String) -> [String]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }

  /// The target of a symbolic link, or nil.
  static func target(ofLink path: String) -> String? {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
      guard let text = buffer.baseAddress else { return nil }
      let count = readlink(path, text, buffer.count)
      guard count > 0 else { return nil }
      return String(
        decoding: buffer.prefix(count).lazy.map { UInt8(bitPattern: $0) },
        as: UTF8.self
      )
    }
  }

  /// The path without links, or `path` itself when it does not exist.
  static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
