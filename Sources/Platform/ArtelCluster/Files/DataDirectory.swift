import Glibc

/// The rules for the directory that holds everything of one installation.
///
/// Inside: `postgres` (the cluster), `socket`, `log`, `artel.lock`, and what other parts keep there.
public enum DataDirectory {
  /// Gives an empty or missing directory to the user that the server will run as; needs root.
  ///
  /// A directory that already belongs to the user is left as it is.
  ///
  /// - Throws: ``ClusterError/Code/directoryUnusable`` when it holds somebody else's files or lies
  ///   below a directory that the user cannot enter; nothing was changed.
  public static func handOver(_ path: String, to user: SystemUser) throws {
    let path = try absolute(path)
    try checkTraversal(to: path, by: user)
    if !SystemCall.isDirectory(path) {
      try makeWithParents(path, owner: user)
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemCall.refusal("look at", path) }
    guard status.st_uid != user.userID else { return }
    guard SystemCall.names(in: path)?.isEmpty == true else {
      // Another process may have handed it over, and used it, since it was looked at.
      guard stat(path, &status) == 0, status.st_uid == user.userID else {
        throw foreign(path, owner: status.st_uid, user: user)
      }
      return
    }
    guard chown(path, user.userID, user.groupID) == 0, chmod(path, 0o700) == 0 else {
      throw SystemCall.refusal("hand over", path)
    }
  }

  /// Makes the directory when it is missing and checks that `user` owns it and can reach it.
  ///
  /// - Throws: ``ClusterError/Code/directoryUnusable``, naming what is in the way.
  public static func prepare(_ path: String, for user: SystemUser) throws {
    if geteuid() == 0 {
      try handOver(path, to: user)
      return
    }
    try checkTraversal(to: path, by: user)
    if !SystemCall.isDirectory(path) {
      try makeWithParents(path, owner: nil)
    }
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemCall.refusal("look at", path) }
    guard status.st_uid == user.userID else {
      throw foreign(path, owner: status.st_uid, user: user)
    }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      if errno == EROFS { throw SystemCall.refusal("write into", path) }
      throw ClusterError(
        .directoryUnusable,
        "The data directory \(path) is not writable: `chmod 700 \(path)`."
      )
    }
  }

  /// The path from `/` on, without `.`, `..` and a trailing slash.
  ///
  /// - Throws: ``ClusterError/Code/systemCall`` when the current directory is gone.
  public static func absolute(_ path: String) throws -> String {
    var whole = path
    if !path.hasPrefix("/") {
      guard let current = getcwd(nil, 0) else { throw SystemCall.refusal("find", path) }
      defer { free(current) }
      whole = String(cString: current) + "/" + path
    }
    var parts: [Substring] = []
    for part in whole.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  /// Refuses a path with a parent that `user` cannot enter, and names that parent.
  private static func checkTraversal(to path: String, by user: SystemUser) throws {
    let isSelf = user.userID == geteuid()
    var parent = ""
    for part in path.split(separator: "/").dropLast() {
      parent += "/" + part
      var status = stat()
      guard stat(parent, &status) == 0 else {
        if errno == ENOENT { return }
        throw SystemCall.refusal("look at", parent)
      }
      guard isSelf ? access(parent, X_OK) == 0 : admits(user, status) else {
        let mode = String(status.st_mode & 0o7777, radix: 8)
        throw ClusterError(
          .directoryUnusable,
          "The data directory \(path) cannot be reached: \(user.name) may not enter \(parent) (mode \(mode)). "
            + "Choose a directory elsewhere with --data, for example /var/lib/artel, or let others pass with "
            + "`chmod o+x \(parent)`."
        )
      }
    }
  }

  private static func admits(_ user: SystemUser, _ status: stat) -> Bool {
    if user.userID == 0 { return true }
    if status.st_uid == user.userID { return status.st_mode & S_IXUSR != 0 }
    if status.st_gid == user.groupID { return status.st_mode & S_IXGRP != 0 }
    return status.st_mode & S_IXOTH != 0
  }

  private static func makeWithParents(_ path: String, owner: SystemUser?) throws {
    var made = ""
    let parts = path.split(separator: "/")
    for (index, part) in parts.enumerated() {
      made += "/" + part
      guard mkdir(made, index == parts.count - 1 ? 0o700 : 0o755) == 0 else {
        if errno == EEXIST { continue }
        throw ClusterError(
          .directoryUnusable,
          "Cannot make the directory \(made): \(SystemCall.reason()). Choose another one with --data."
        )
      }
      if let owner {
        guard chown(made, owner.userID, owner.groupID) == 0 else {
          throw SystemCall.refusal("hand over", made)
        }
      }
    }
  }

  /// Checks a directory inside the data directory that PostgreSQL wants for itself; what is only too
  /// open is closed.
  ///
  /// - Throws: ``ClusterError/Code/directoryUnusable`` when it belongs to somebody else.
  static func requirePrivate(_ path: String, of owner: SystemUser) throws {
    var status = stat()
    guard stat(path, &status) == 0 else { throw SystemCall.refusal("look at", path) }
    guard status.st_uid == owner.userID else {
      throw foreign(path, owner: status.st_uid, user: owner)
    }
    guard status.st_mode & 0o077 == 0 || chmod(path, 0o700) == 0 else {
      throw SystemCall.refusal("close to others", path)
    }
  }

  private static func foreign(_ path: String, owner: UInt32, user: SystemUser) -> ClusterError {
    let name = SystemUser.numbered(owner)?.name ?? "user number \(owner)"
    return ClusterError(
      .directoryUnusable,
      "The data directory \(path) belongs to \(name), but the server runs as \(user.name). "
        + "Choose another directory with --data, run it as \(name), or hand the directory over with "
        + "`chown -R \(user.name): \(path)`."
    )
  }
}
