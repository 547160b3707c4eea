public import ArtelCluster
import CLinux
import FoundationEssentials
import Glibc
import Synchronization

/// A disk of a few mebibytes, to be filled: a file system in memory, gone with the object.
///
/// Only a process that may mount can make one (root outside of most containers); tests say so with
/// `.enabled(if: SmallDisk.refusal == nil, SmallDisk.refusal)`.
public final class SmallDisk: Sendable {
  private static let mounts = "/tmp/artel-small-disks"
  private static let count = Atomic(0)

  /// Why this process cannot make one, or nil when it can.
  public static let refusal: String? = {
    do {
      _ = try SmallDisk(mebibytes: 1)
      return nil
    } catch {
      return "\(error)"
    }
  }()

  /// Where it is mounted.
  public let path: String

  private var filling: String { path + "/filling" }

  /// Mounts an empty one; removes those of test processes that are gone.
  ///
  /// - `owner`: Whose it is, besides root's. Default: this process's account.
  /// - Throws: ``FaultError`` when the system refuses.
  public init(mebibytes: Int, owner: SystemUser? = nil) throws {
    let number = SmallDisk.count.add(1, ordering: .relaxed).newValue
    path = "\(SmallDisk.mounts)/\(TestProcess.current.databasePrefix)\(number)"
    SmallDisk.sweep()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    let account = "uid=\(owner?.userID ?? geteuid()),gid=\(owner?.groupID ?? getegid())"
    guard mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m,mode=700,\(account)") == 0 else {
      let reason = String(cString: strerror(errno))
      rmdir(path)
      throw FaultError("a small disk cannot be mounted: \(reason)")
    }
  }

  deinit {
    SmallDisk.remove(path)
  }

  private static func sweep() {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: mounts)) ?? []
    for name in names where TestProcess(databaseName: name)?.isAlive == false {
      remove("\(mounts)/\(name)")
    }
  }

  private static func remove(_ path: String) {
    // Whoever still has a file open there keeps the memory until it is closed.
    umount2(path, Int32(MNT_DETACH))
    rmdir(path)
  }

  /// Writes until nothing more fits.
  public func fill() throws {
    let file = open(filling, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else {
      throw FaultError("\(filling): \(String(cString: strerror(errno)))")
    }
    defer { close(file) }
    let page = [UInt8](repeating: 0, count: 4_096)
    while write(file, page, page.count) > 0 {}
    guard errno == ENOSPC else {
      throw FaultError("\(filling): \(String(cString: strerror(errno)))")
    }
  }

  /// Takes away what ``fill()`` wrote.
  public func empty() {
    unlink(filling)
  }
}
