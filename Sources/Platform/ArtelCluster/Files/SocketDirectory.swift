import Glibc

/// Finds a directory for the cluster's unix socket.
enum SocketDirectory {
  /// The port names the socket file; no TCP port is opened.
  static let port = 5432

  /// The longest socket path: `sun_path` has 108 bytes with its final zero.
  static let pathLimit = 107

  /// The socket's path in `directory`.
  static func socket(in directory: String) -> String {
    "\(directory)/.s.PGSQL.\(port)"
  }

  /// Where the socket may live, best first: beside the data, else in a place of its own that is
  /// short and always the same for the same data directory.
  static func candidates(for dataDirectory: String) -> [String] {
    let name = "artel-" + hash(dataDirectory)
    return ["\(dataDirectory)/socket", "/run/\(name)", "/tmp/\(name)"]
      .filter { socket(in: $0).utf8.count <= pathLimit }
  }

  /// Makes the first candidate that can be made, a private directory of `owner`, and empties it.
  ///
  /// Call it while no postmaster runs on the data. What a killed one left would stop the next: its
  /// lock names a process whose number may be somebody else's by now, or a zombie's.
  static func prepare(for dataDirectory: String, owner: SystemUser) throws -> String {
    for directory in candidates(for: dataDirectory) {
      let handOver = owner.userID == geteuid() ? nil : owner
      guard (try? SystemCall.makeDirectory(directory, owner: handOver)) != nil else { continue }
      // Anybody may have made the directory in /tmp before: it must not be a link, nor somebody else's.
      guard let status = SystemCall.status(of: directory), status.st_mode & S_IFMT == S_IFDIR,
        status.st_uid == owner.userID, status.st_mode & 0o077 == 0
      else { continue }
      unlink(socket(in: directory))
      unlink(socket(in: directory) + ".lock")
      return directory
    }
    throw ClusterError(
      .directoryUnusable,
      "No directory can be made for PostgreSQL's socket; tried "
        + candidates(for: dataDirectory).joined(separator: ", ")
        + ". Each is missing a writable parent or belongs to somebody else."
    )
  }

  /// FNV-1a, 64 bits, in hexadecimal.
  private static func hash(_ text: String) -> String {
    let value = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}
