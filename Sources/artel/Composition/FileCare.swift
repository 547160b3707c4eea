import ArtelConcurrency
import ArtelJobs
import ArtelStorage
import Foundation
import Logging

/// Removes the files of pictures that no row names: each night, and at each start.
struct TidyFiles: Job {
  static let kind = "gallery.files.tidy"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.limitPerNode = 1
  }
}

/// Reads every stored file and compares it with what was stored: each night.
struct CheckFiles: Job {
  static let kind = "gallery.files.check"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.limitPerNode = 1
  }
}

/// What looks after the stored files.
struct FileCare: Sendable {
  let blobs: BlobStore
  let contexts: [BlobReferences]
  /// Whether other nodes may write to the same disk.
  let isShared: Bool
  let bytesPerSecond: Int
  let clock: WallClock
  let startedAt: Date
  let logger: Logger

  /// Describes the care for files from now on, by `clock`.
  init(
    blobs: BlobStore,
    contexts: [BlobReferences],
    isShared: Bool,
    bytesPerSecond: Int,
    clock: WallClock = .system,
    logger: Logger
  ) {
    self.blobs = blobs
    self.contexts = contexts
    self.isShared = isShared
    self.bytesPerSecond = bytesPerSecond
    self.clock = clock
    startedAt = clock.now()
    self.logger = logger
  }

  var jobHandlers: [JobHandler] {
    [
      JobHandler(TidyFiles.self) { _, run in try await tidy(run) },
      JobHandler(CheckFiles.self) { _, run in try await check(run) },
    ]
  }

  let jobSchedules = [
    JobSchedule(TidyFiles(), "15 3 * * *"), JobSchedule(CheckFiles(), "30 3 * * *"),
  ]

  /// Files that are older than this were not stored by a request that still runs.
  ///
  /// The private cluster's data directory belongs to this process, so what was there before it
  /// started is nobody else's. Other nodes may share the operator's own server and a disk: there an
  /// hour must have passed.
  private func orphansBefore(_ now: Date) -> Date {
    let anHourAgo = now.addingTimeInterval(-3600)
    return isShared ? anHourAgo : max(startedAt, anHourAgo)
  }

  private func tidy(_ run: JobRun) async throws {
    let now = clock.now()
    let round = try await blobs.removeOrphans(
      by: contexts,
      writtenBefore: orphansBefore(now),
      at: now
    )
    run.report(round.blobs, of: round.blobs)
    let counts: Logger.Metadata = [
      "files": "\(round.blobs)", "orphans": "\(round.orphans)", "removed": "\(round.removed)",
    ]
    guard !round.isImplausible else {
      logger.error("Files seem to belong to another database", metadata: counts)
      throw JobRefusal(
        "\(round.orphans) of \(round.blobs) files are named by no row, so none was removed: is this "
          + "their database?"
      )
    }
    logger.info("Files were compared with their rows", metadata: counts)
  }

  private func check(_ run: JobRun) async throws {
    var options = BlobStore.CheckOptions()
    options.bytesPerSecond = bytesPerSecond
    options.clock = clock
    let known = try await blobs.lastCheck()?.files ?? 0
    // How many there are is not known before the end; the last count is close.
    options.progress = { run.report($0.files, of: max($0.files, known)) }
    let check: BlobCheck
    do {
      check = try await blobs.check(against: contexts, options)
    } catch let error as StorageError where error.code == .busy {
      // An operator is at it.
      return
    }
    let counts: Logger.Metadata = [
      "files": "\(check.files)", "bytes": "\(check.bytes)",
      "damaged": "\(check.damaged.count)", "unreadable": "\(check.unreadable.count)",
      "missing": "\(check.missing.count)", "orphans": "\(check.orphans.count)",
    ]
    if check.isSound {
      logger.info("Every file is as it was stored", metadata: counts)
    } else {
      logger.error("Files are damaged or missing: see artel storage show", metadata: counts)
    }
  }
}
