import AccountsContract
import ArtelArchive
import ArtelConcurrency
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import FoundationEssentials
import Synchronization

/// Makes the archive that a member asked for, from the beginning with every attempt.
struct MakeExport: Job {
  static let kind = "accounts.exports.make"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 5
    $0.limitPerNode = 1
  }

  let export: ExportID

  func run(
    in accounts: Accounts,
    _ pictures: PictureShelf,
    of sources: [any MemberArchiveSource],
    _ run: JobRun
  ) async throws {
    let id = export
    let stored = try await Export.where { $0.id == id }.first(in: accounts.db)
    guard let export = stored, export.readyAt == nil, export.failedAt == nil else { return }
    do {
      let folder = try await pictures.blobs.makeScratchFolder()
      let path = "\(folder.path)/archive.zip"
      try await write(sources, of: export.memberID, to: path, pictures.blobs.pool, accounts, run)
      // Before the transaction, as this may take minutes; what goes meanwhile is made again.
      let blob = try await pictures.blobs.adopt(fileAt: path)
      try await run.complete { tx in
        try await pictures.holdFiles(in: tx)
        guard try await pictures.blobs.size(of: blob.digest) != nil else {
          throw ExportError.gone
        }
        try await accounts.hand(over: export, blob, in: tx)
      }
      await folder.remove()
    } catch {
      if run.isLast, !(error is CancellationError) { try await accounts.giveUp(export) }
      throw error
    }
  }

  private func write(
    _ sources: [any MemberArchiveSource],
    of member: MemberID,
    to path: String,
    _ pool: BlockingPool,
    _ accounts: Accounts,
    _ run: JobRun
  ) async throws {
    var total = 0
    for source in sources { total += try await source.archiveFileCount(of: member) }
    run.report(0, of: total)
    let zip = try await ZipArchive(writingTo: path, pool: pool)
    let done = Mutex(0)
    for source in sources {
      let archive = MemberArchive(
        zip,
        folder: type(of: source).context,
        madeAt: accounts.clock.now()
      ) { [total] in
        let count = done.withLock { count in
          count += 1
          return count
        }
        // Files may have been added since they were counted.
        run.report(min(count, total), of: total)
      }
      try await source.archive(member, into: archive)
    }
    try await zip.finish()
  }
}

extension NoticeKind {
  /// The archive that the member asked for can be fetched.
  static let exportReady = NoticeKind("export.ready", icon: "download", link: DataPage.path)
  /// The archive that the member asked for could not be made.
  static let exportFailed = NoticeKind("export.failed", icon: "alert", link: DataPage.path)
}

extension Member {
  /// Whether the member is there, and stays until the transaction ends; before rows of theirs are
  /// touched, in the order in which a departure does it.
  fileprivate static func staying(_ id: MemberID, in tx: Transaction) async throws -> Bool {
    try await !tx.read(
      "select from members where id = \(id) and departed_at is null for key share"
    ).isEmpty
  }
}

extension Accounts {
  fileprivate func hand(over export: Export, _ blob: Blob, in tx: Transaction) async throws {
    let now = clock.now()
    let member = try await Member.staying(export.memberID, in: tx)
    let digest = Bytea(blob.digest.bytes)
    let stored = try await Export.update {
      $0.digest = digest
      $0.sizeBytes = blob.sizeBytes
      $0.readyAt = now
      $0.expiresAt = now + Export.lifetime
    }
    .where { $0.id == export.id && $0.readyAt == nil && $0.failedAt == nil }
    .run(in: tx)
    guard member, stored > 0 else { return try await tx.remove(files: [digest]) }
    try await give(Notice(.exportReady, to: export.memberID, [:], at: now), in: tx)
  }

  func giveUp(_ export: Export) async throws {
    let now = clock.now()
    try await db.transaction { tx in
      guard try await Member.staying(export.memberID, in: tx) else { return }
      let stored = try await Export.update { $0.failedAt = now }
        .where { $0.id == export.id && $0.readyAt == nil && $0.failedAt == nil }
        .run(in: tx)
      guard stored > 0 else { return }
      try await give(Notice(.exportFailed, to: export.memberID, [:], at: now), in: tx)
    }
  }
}
