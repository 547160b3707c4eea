import CLinux
import Glibc

/// Changes from root to another user, as the first of two steps (decision 0016).
public enum PrivilegeDrop {
  /// Makes this thread, and those it starts, work as the system user `name`; does nothing for other
  /// users than root.
  ///
  /// Threads that run already may stay root's: execute the program again right afterwards, which
  /// leaves one thread with one user. Call it before anything is opened. Supplementary groups are
  /// dropped, `HOME` names the user's own directory, and new files are private (umask 077).
  ///
  /// - `dataDirectory`: Handed to the user first, see ``DataDirectory/handOver(_:to:)``.
  /// - Returns: The user that the process now acts as.
  /// - Throws: ``ClusterError`` with ``ClusterError/Code/userUnusable`` or
  ///   ``ClusterError/Code/directoryUnusable``; the process is root still.
  @discardableResult
  public static func toSystemUser(_ name: String, dataDirectory: String? = nil) throws -> SystemUser
  {
    guard geteuid() == 0 else { return try SystemUser.current() }
    guard let user = SystemUser.named(name) else {
      throw ClusterError(
        .userUnusable,
        "The system user \(name) does not exist, and the server does not run as root. Run bin/setup, or "
          + "`useradd --system --home-dir /var/lib/artel --shell /usr/sbin/nologin \(name)`."
      )
    }
    if let dataDirectory {
      try DataDirectory.handOver(dataDirectory, to: user)
    }
    var group = user.groupID
    // The groups go first: without root they could not be given up any more.
    guard setgroups(1, &group) == 0, setgid(user.groupID) == 0, setuid(user.userID) == 0,
      setuid(0) != 0, geteuid() == user.userID
    else {
      throw ClusterError(
        .userUnusable,
        "The process may not become the system user \(name): \(SystemCall.reason())."
      )
    }
    setenv("HOME", user.home, 1)
    umask(0o077)
    return user
  }
}
