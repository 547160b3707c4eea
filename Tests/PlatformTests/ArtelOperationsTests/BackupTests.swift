import ArtelOperations
import ArtelStorage
import FoundationEssentials
import Synchronization
import Testing

@Suite("Backup and restoration", .serialized)
struct BackupTests {
  @Test func `what is restored is what was backed up, row by row and blob by blob`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    let manifest = try await sandbox.makeBackup(of: source)

    try await sandbox.restore()

    let restored = try await sandbox.start("restored")
    for (context, table) in [("accounts", "members"), ("gallery", "pictures")] {
      let rows = try await sandbox.rows(of: table, in: context, of: source)
      #expect(!rows.isEmpty)
      #expect(try await sandbox.rows(of: table, in: context, of: restored) == rows)
    }
    #expect(manifest.blobCount == 2)
    #expect(manifest.lostBlobs.isEmpty)
    for digest in try await digests(in: sandbox) {
      let path = sandbox.store("restored").path(of: digest)
      #expect(
        FileManager.default.contents(atPath: path)?.starts(with: Data("picture of ".utf8)) == true
      )
    }
    let secret = FileManager.default.contents(atPath: sandbox.root + "/restored/secrets/mail")
    #expect(secret == Data("hush".utf8))
    // The roles own what they made, so that the next migration works.
    try await sandbox.run("alter table pictures add column width int", in: "gallery", of: restored)
    try await source.stop()
    try await restored.stop()
  }

  private func digests(in sandbox: BackupSandbox) async throws -> [ArtelStorage.Digest] {
    let list = try #require(FileManager.default.contents(atPath: sandbox.backup + "/blobs.txt"))
    return String(decoding: list, as: UTF8.self).split(separator: "\n")
      .compactMap { ArtelStorage.Digest(hex: $0.prefix(64)) }
  }

  @Test func `a blob that is lost is told, and the rest is saved`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    let digest = try await sandbox.addPicture("Lost", to: source)
    try await sandbox.store("data").remove(digest)

    let manifest = try await sandbox.makeBackup(of: source)

    #expect(manifest.lostBlobs == [digest.hex])
    #expect(manifest.blobCount == 2)
    try await source.stop()
  }

  @Test func `a picture that is deleted during the backup does not spoil it`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    let digest = try await sandbox.addPicture("Gone", to: source)
    let deletion = Mutex<Task<Void, any Error>?>(nil)

    let manifest = try await Backup(
      of: source,
      contexts: sandbox.contexts,
      pool: sandbox.pool,
      logger: sandbox.logger
    ).run(to: sandbox.backup) { progress in
      guard progress.stage == .databases else { return }
      deletion.withLock { task in
        task =
          task
          ?? Task {
            try await sandbox.run(
              "delete from pictures where title = 'Gone'",
              in: "gallery",
              of: source
            )
            try await sandbox.store("data").remove(digest)
          }
      }
    }

    try await deletion.withLock { $0 }?.value
    #expect(manifest.lostBlobs.isEmpty)
    #expect(manifest.blobCount == 3)
    try await source.stop()
  }

  @Test func `one flipped bit is found`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    _ = try await sandbox.makeBackup(of: source)
    try await source.stop()
    let digest = try #require(try await digests(in: sandbox).first)
    let path = BlobStore(directory: sandbox.backup, pool: sandbox.pool).path(of: digest)
    var bytes = try #require(FileManager.default.contents(atPath: path))
    bytes[bytes.startIndex] ^= 1
    try bytes.write(to: URL(filePath: path))

    let error = await #expect(throws: BackupError.self) {
      try await BackupManifest.verify(sandbox.backup, pool: sandbox.pool)
    }

    #expect(error?.code == .damaged)
    #expect(error?.description.contains(digest.hex) == true)
    await #expect(throws: BackupError.self) { try await sandbox.restore() }
    #expect(!FileManager.default.fileExists(atPath: sandbox.root + "/restored"))
  }

  @Test func `neither a backup nor a restoration touches what is there`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    _ = try await sandbox.makeBackup(of: source)
    try await sandbox.start("restored").stop()

    let again = await #expect(throws: BackupError.self) { try await sandbox.makeBackup(of: source) }
    let restoring = await #expect(throws: BackupError.self) { try await sandbox.restore() }

    #expect(again?.code == .targetNotEmpty)
    #expect(restoring?.code == .targetNotEmpty)
    try await source.stop()
  }

  @Test func `a backup that is not finished is none`() async throws {
    let sandbox = try BackupSandbox()
    try FileManager.default.createDirectory(
      atPath: sandbox.backup + "/databases",
      withIntermediateDirectories: true
    )

    let error = await #expect(throws: BackupError.self) { try await sandbox.restore() }

    #expect(error?.code == .notABackup)
  }

  @Test func `a path from the current directory works`() async throws {
    let sandbox = try BackupSandbox()
    let source = try await sandbox.installation()
    let up = String(
      repeating: "../",
      count: FileManager.default.currentDirectoryPath.split(separator: "/").count
    )
    let backup = Backup(
      of: source,
      contexts: sandbox.contexts,
      pool: sandbox.pool,
      logger: sandbox.logger
    )

    let manifest = try await backup.run(to: up + sandbox.backup.dropFirst() + "/")

    #expect(
      try await BackupManifest.verify(sandbox.backup, pool: sandbox.pool).databases.count
        == manifest.databases.count
    )
    try await source.stop()
  }

  @Test func `a backup of a newer format is refused`() async throws {
    let sandbox = try BackupSandbox()
    try FileManager.default.createDirectory(
      atPath: sandbox.backup,
      withIntermediateDirectories: true
    )
    _ = FileManager.default.createFile(
      atPath: sandbox.backup + "/manifest.json",
      contents: Data(#"{"format": 1000, "more": true}"#.utf8)
    )

    let error = await #expect(throws: BackupError.self) { try await sandbox.restore() }

    #expect(error?.code == .tooNew)
  }
}
