import ArtelCluster
import FoundationEssentials
import Glibc
import Testing

@testable import ArtelOperations

@Suite("A folder of backups", .serialized)
struct BackupShelfTests {
  private static let night: TimeInterval = 86_400
  private static let first = Date(timeIntervalSince1970: 1_795_228_200)

  private let sandbox: BackupSandbox

  init() throws {
    sandbox = try BackupSandbox()
  }

  private var folder: String { sandbox.root + "/shelf" }

  private var names: [String] {
    get throws { try FileManager.default.contentsOfDirectory(atPath: folder).sorted() }
  }

  /// Adds a backup of each of so many nights.
  private func add(_ nights: Range<Int>, of cluster: PrivateCluster, keep: Int = 2) async throws {
    let shelf = BackupShelf(directory: folder, keep: keep, pool: sandbox.pool)
    let backup = Backup(
      of: cluster,
      contexts: sandbox.contexts,
      pool: sandbox.pool,
      logger: sandbox.logger
    )
    for night in nights {
      _ = try await shelf.add(
        by: backup,
        at: Self.first.addingTimeInterval(Double(night) * Self.night)
      )
    }
  }

  // Fails without removing: three are there. Fails without the form of the names: the copy that the
  // operator made goes.
  @Test func `keeps the newest ones, and what is not its own`() async throws {
    let source = try await sandbox.installation()
    try await add(0..<1, of: source)
    try FileManager.default.createDirectory(
      atPath: folder + "/notes",
      withIntermediateDirectories: true
    )
    try FileManager.default.copyItem(
      atPath: folder + "/2026-11-21T023000Z",
      toPath: folder + "/2026-11-20-before-the-move"
    )

    try await add(1..<3, of: source)

    #expect(
      try names == [
        "2026-11-20-before-the-move", "2026-11-22T023000Z", "2026-11-23T023000Z", "notes",
      ]
    )
    let newest = "\(folder)/2026-11-23T023000Z"
    #expect(try await BackupManifest.verify(newest, pool: sandbox.pool).blobCount == 2)
    try await source.stop()
  }

  // Fails when both are counted together: the only complete one is gone after two nights.
  @Test func `one that had lost files pushes out no complete one`() async throws {
    let source = try await sandbox.installation()
    try await add(0..<1, of: source, keep: 1)
    try await sandbox.store("data").remove(sandbox.addPicture("Lost", to: source))

    try await add(1..<3, of: source, keep: 1)

    #expect(try names == ["2026-11-21T023000Z", "2026-11-23T023000Z"])
    try await source.stop()
  }

  @Test func `what a killed process was at goes with the next backup`() async throws {
    let source = try await sandbox.installation()
    for ending in ["unproven", "unproven.incomplete"] {
      try FileManager.default.createDirectory(
        atPath: "\(folder)/2026-11-20T024500Z.\(ending)/databases",
        withIntermediateDirectories: true
      )
    }

    try await add(0..<1, of: source)

    #expect(try names == ["2026-11-21T023000Z"])
    try await source.stop()
  }

  // Fails without reading back: the damaged one stands there, and the good one is removed.
  @Test func `one that cannot be proven is no backup, and the others stay`() async throws {
    let source = try await sandbox.installation()
    try await add(0..<1, of: source, keep: 1)
    let shelf = BackupShelf(directory: folder, keep: 1, pool: sandbox.pool)
    let backup = Backup(
      of: source,
      contexts: sandbox.contexts,
      pool: sandbox.pool,
      logger: sandbox.logger
    )
    let folder = folder

    let error = await #expect(throws: BackupError.self) {
      _ = try await shelf.add(by: backup, at: Self.first.addingTimeInterval(Self.night)) {
        // Damaged after it was written, as by a bad disk: the first file was read, the list was not.
        guard $0.stage == .verification else { return }
        _ = FileManager.default.createFile(
          atPath: "\(folder)/2026-11-22T023000Z.unproven/blobs.txt",
          contents: nil
        )
      }
    }

    #expect(error?.code == .damaged)
    #expect(try names == ["2026-11-21T023000Z"])
    try await source.stop()
  }

  @Test func `two processes do not write at the same time`() async throws {
    let source = try await sandbox.installation()
    try await add(0..<1, of: source)
    let other = open(folder, O_RDONLY | O_DIRECTORY)
    defer { close(other) }
    try #require(flock(other, LOCK_EX) == 0)

    let error = await #expect(throws: BackupError.self) { try await add(1..<2, of: source) }

    #expect(error?.code == .busy)
    #expect(try names == ["2026-11-21T023000Z"])
    try await source.stop()
  }

  @Test func `a folder that cannot be written to is named`() async throws {
    let shelf = BackupShelf(directory: "/proc/backups", keep: 2, pool: sandbox.pool)

    let error = await #expect(throws: BackupError.self) { try await shelf.prepare() }

    #expect(error?.code == .disk)
    #expect(error?.description.contains("/proc/backups") == true)
  }
}
