public import ArtelConcurrency
public import FoundationEssentials
import Glibc

/// A folder in which backups stand beside each other, each in a folder named by its time in UTC, such
/// as `2026-11-22T024500Z`; the newest are kept.
///
/// Nothing else in the folder is touched.
public struct BackupShelf: Sendable {
  private let directory: String
  private let keep: Int
  private let pool: BlockingPool

  /// - `directory`: Made when it is missing, for the user of this process alone.
  /// - `keep`: How many backups stay, at least 1; of those that had lost files as many again.
  /// - `pool`: Reads and writes the files.
  public init(directory: String, keep: Int, pool: BlockingPool) {
    self.directory = directory
    self.keep = max(1, keep)
    self.pool = pool
  }

  /// Makes the folder where it is missing.
  ///
  /// - Throws: ``BackupError/Code/disk`` when this process cannot write there.
  public func prepare() async throws {
    try await pool.run {
      try BackupDisk.makeDirectories(directory)
      guard access(directory, W_OK | X_OK) == 0 else {
        throw BackupError(
          .disk,
          "Cannot write into \(directory).\(BackupDisk.obstacle(to: directory + "/new"))"
        )
      }
    }
  }

  /// Makes a backup, reads every byte of it back, and removes the oldest ones that are too many.
  ///
  /// Cost: reads everything once and the backup once more. Cancelling it, or a failure, leaves those
  /// that were there.
  ///
  /// - Throws: ``BackupError``: ``BackupError/Code/busy`` while another process is at it; what
  ///   ``Backup`` throws.
  public func add(
    by backup: Backup,
    at now: Date,
    progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
  ) async throws -> BackupManifest {
    try await prepare()
    let lock = try await pool.run { try Lock(directory) }
    defer { lock.release() }
    try await pool.run { try removeUnfinished() }
    let place = "\(directory)/\(Self.name(at: now))"
    let unproven = place + ".unproven"
    let manifest = try await backup.run(to: unproven, progress: progress)
    do {
      _ = try await BackupManifest.verify(unproven, pool: pool, progress: progress)
    } catch {
      try? await Task { try await pool.run { try BackupDisk.remove(unproven) } }.value
      throw error
    }
    try await pool.run {
      try BackupDisk.move(unproven, to: place)
      try BackupDisk.synchronize(directory)
      try removeOldest()
    }
    return manifest
  }

  /// The finished backups in the folder, the newest first; blocks.
  private func finished() throws -> [(path: String, manifest: BackupManifest)] {
    try names().filter(Self.isName).sorted(by: >).compactMap { name in
      let path = "\(directory)/\(name)"
      return (try? BackupManifest.read(from: path)).map { (path, $0) }
    }
  }

  // Those that had lost files are counted apart, so that they never push out a complete one.
  private func removeOldest() throws {
    let finished = try finished()
    let complete = finished.filter { $0.manifest.lostBlobs.isEmpty }
    let others = finished.filter { !$0.manifest.lostBlobs.isEmpty }
    for old in complete.dropFirst(keep) + others.dropFirst(keep) {
      try BackupDisk.remove(old.path)
    }
  }

  /// What a killed process was at: `2026-11-22T024500Z.unproven`, or with another ending behind.
  private func removeUnfinished() throws {
    for name in try names() {
      guard let dot = name.firstIndex(of: "."), Self.isName(name[..<dot]) else { continue }
      try BackupDisk.remove("\(directory)/\(name)")
    }
  }

  private func names() throws -> [String] {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw BackupError(.disk, "Cannot read the folder \(directory).")
    }
  }

  private static let style = Date.ISO8601FormatStyle(timeSeparator: .omitted)

  static func name(at time: Date) -> String { time.formatted(style) }

  private static func isName(_ text: some StringProtocol) -> Bool {
    (try? Date(String(text), strategy: style)).map { name(at: $0) == text } ?? false
  }
}

extension BackupShelf {
  /// The right to write into a folder of backups; it ends with the process at the latest.
  private struct Lock {
    private let descriptor: Int32

    init(_ directory: String) throws {
      descriptor = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard descriptor >= 0 else { throw BackupDisk.refusal("open", directory) }
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
        close(descriptor)
        throw BackupError(.busy, "Another backup into \(directory) is under way.")
      }
    }

    func release() {
      close(descriptor)
    }
  }
}
