import Glibc
import Synchronization

/// Where one open store keeps its uploads, apart from those of other processes on the same disk.
///
/// ```
/// incoming/lock              held for a moment by whoever makes a folder here or clears one away
/// incoming/<random>/lock     held by the process that made the folder, for as long as it lives
/// incoming/<random>/<random> its uploads and scratch folders
/// ```
/// The locks are `flock`s: the kernel releases them with the process, however that ends. All calls
/// block.
final class IncomingFolder: Sendable {
  private struct Held {
    var path: String
    var lock: Int32
  }

  private static let lockName = "lock"

  private let directory: String
  private let held = Mutex<Held?>(nil)

  init(in directory: String) {
    self.directory = directory
  }

  deinit {
    // The empty folder stays for the next sweep: removing it here would block.
    held.withLock { held in
      if let held { close(held.lock) }
    }
  }

  /// A path in this store's own folder that no other upload has; makes the folder when needed.
  ///
  /// - Throws: ``StorageError/Code/missing`` when `incoming/` itself is not there.
  func freshPath() throws(StorageError) -> String {
    try held.withLock { held throws(StorageError) in
      if let folder = held, try Disk.size("\(folder.path)/\(Self.lockName)") == nil {
        // An operator has tidied up too much; uploads go on in another folder.
        close(folder.lock)
        held = nil
      }
      let folder = if let held { held } else { try take() }
      held = folder
      return "\(folder.path)/\(Disk.randomName())"
    }
  }

  /// Removes the folder; whatever is still in it is lost.
  func leave() throws(StorageError) {
    try held.withLock { held throws(StorageError) in
      guard let folder = held.take() else { return }
      defer { close(folder.lock) }
      try Disk.removeTree(folder.path)
    }
  }

  /// Removes what processes left that are gone, and nothing of those that live.
  ///
  /// - Returns: How many uploads and scratch folders there were.
  func sweep(_ removed: () throws(StorageError) -> Void) throws(StorageError) -> Int {
    let turn = try takeTurn()
    defer { close(turn) }
    var leftovers = 0
    for name in try Disk.names(in: directory) where name != Self.lockName {
      let path = "\(directory)/\(name)"
      let lock = try Disk.isDirectory(path) ? Disk.openLock("\(path)/\(Self.lockName)") : nil
      defer { if let lock { close(lock) } }
      if let lock {
        guard try Disk.tryLock(lock, path) else { continue }
        for name in try Disk.names(in: path) where name != Self.lockName {
          try Disk.removeTree("\(path)/\(name)")
          leftovers += 1
          try removed()
        }
        try Disk.removeTree(path)
      } else {
        // Nobody makes a folder without a lock while this process has its turn.
        try Disk.removeTree(path)
        leftovers += 1
        try removed()
      }
    }
    return leftovers
  }

  private func take() throws(StorageError) -> Held {
    let turn = try takeTurn()
    defer { close(turn) }
    let path = "\(directory)/\(Disk.randomName())"
    guard mkdir(path, 0o700) == 0 else { throw StorageError(errno: errno, "mkdir", path) }
    let lock = try Disk.create("\(path)/\(Self.lockName)")
    guard try Disk.tryLock(lock, path) else {
      close(lock)
      throw StorageError(errno: EWOULDBLOCK, "flock", path)
    }
    return Held(path: path, lock: lock)
  }

  /// Waits until no other process makes or clears away a folder; closing the descriptor ends the
  /// turn.
  private func takeTurn() throws(StorageError) -> Int32 {
    let path = "\(directory)/\(Self.lockName)"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw StorageError(errno: errno, "open", path) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else {
        let error = StorageError(errno: errno, "flock", path)
        close(descriptor)
        throw error
      }
    }
    return descriptor
  }
}
