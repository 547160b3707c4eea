import CLinux
import Glibc

/// An account of the operating system.
public struct SystemUser: Hashable, Sendable {
  /// The name, as `peer` authentication sees it.
  public let name: String

  /// The numeric user id.
  public let userID: UInt32

  /// The numeric id of the primary group.
  public let groupID: UInt32

  /// The home directory; it need not exist.
  public let home: String

  /// Finds an account by name, or nil when there is none.
  ///
  /// May ask a name service, so it can block.
  public static func named(_ name: String) -> SystemUser? {
    read { getpwnam_r(name, $0, $1, $2, $3) }
  }

  /// Finds an account by number, or nil when there is none.
  ///
  /// May ask a name service, so it can block.
  public static func numbered(_ userID: UInt32) -> SystemUser? {
    read { getpwuid_r(userID, $0, $1, $2, $3) }
  }

  /// The account that this process acts as.
  ///
  /// - Throws: ``ClusterError/Code/userUnusable`` when its number has no account; `peer`
  ///   authentication needs a name.
  public static func current() throws -> SystemUser {
    let userID = geteuid()
    guard let user = numbered(userID) else {
      throw ClusterError(
        .userUnusable,
        "User number \(userID) has no account (no line in /etc/passwd). PostgreSQL signs the server "
          + "in by the name of its account: add one, for example with "
          + "`useradd --system --uid \(userID) artel`."
      )
    }
    return user
  }

  private static func read(
    _ look: (
      UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int,
      UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
    ) -> Int32
  ) -> SystemUser? {
    // Entries of large directories do not fit into the 1 KiB that sysconf suggests.
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: 1 << 16) { buffer in
      guard let text = buffer.baseAddress else { return nil }
      var entry = passwd()
      var found: UnsafeMutablePointer<passwd>?
      guard look(&entry, text, buffer.count, &found) == 0, found != nil else { return nil }
      return SystemUser(
        name: String(cString: entry.pw_name),
        userID: entry.pw_uid,
        groupID: entry.pw_gid,
        home: String(cString: entry.pw_dir)
      )
    }
  }
}
