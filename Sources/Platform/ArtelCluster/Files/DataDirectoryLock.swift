import CLinux
import Glibc

/// The right to run in a data directory: an exclusive `flock` on its `artel.lock`.
///
/// The kernel gives it back when the process ends, however it ends.
public final class DataDirectoryLock: Sendable {
  private let descriptor: Int32

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Takes the lock or refuses at once.
  ///
  /// - `dataDirectory`: Must exist and be writable.
  /// - Throws: ``ClusterError/Code/directoryInUse`` when a live process holds it; the text names
  ///   the process and what to do.
  public static func acquire(_ dataDirectory: String) throws -> DataDirectoryLock {
    let (descriptor, path) = try open(dataDirectory)
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = SystemCall.contents(of: path)?.split(separator: "\n").first.map(String.init)
      close(descriptor)
      let process = holder.map { " (process \($0))" } ?? ""
      let stop = holder.map { "stop that server (`kill \($0)`)" } ?? "stop that server"
      throw ClusterError(
        .directoryInUse,
        "The data directory \(dataDirectory) is in use by another running server\(process). Use the one that "
          + "runs, or \(stop) first, or choose another directory with --data."
      )
    }
    return try marked(descriptor, path)
  }

  /// Takes the lock, waiting for its turn; blocks.
  static func waitingTurn(_ dataDirectory: String) throws -> DataDirectoryLock {
    let (descriptor, path) = try open(dataDirectory)
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        close(descriptor)
        throw SystemCall.refusal("lock", path)
      }
    }
    return try marked(descriptor, path)
  }

  private static func open(_ dataDirectory: String) throws -> (descriptor: Int32, path: String) {
    let path = dataDirectory + "/artel.lock"
    let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SystemCall.refusal("open", path) }
    return (descriptor, path)
  }

  /// Writes who holds it, for the refusal that others get to read.
  private static func marked(_ descriptor: Int32, _ path: String) throws -> DataDirectoryLock {
    let lock = DataDirectoryLock(descriptor: descriptor)
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, text, text.count, 0) == text.count
    else {
      throw SystemCall.refusal("write", path)
    }
    return lock
  }
}
