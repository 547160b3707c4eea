import ArtelCluster
import ArtelConcurrency
import ArtelJobs
import ArtelOperations
import Foundation
import Logging

/// Takes a backup and removes old ones: at the times that the operator has set.
struct TakeBackup: Job {
  static let kind = "accounts.backup.take"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.limitPerNode = 1
  }
}

/// What takes the backups of an installation into the operator's folder.
struct BackupCare: Sendable {
  private let shelf: BackupShelf
  private let backup: Backup
  private let mark: BackupMark
  private let times: CronSchedule
  private let pool: BlockingPool
  private let clock: WallClock
  private let logger: Logger

  /// Nil without a folder for backups; `pool` reads and writes their files.
  init?(on stage: Stage, pool: BlockingPool, clock: WallClock = .system) {
    guard let cluster = stage.cluster, let directory = stage.settings.backups.directory else {
      return nil
    }
    let settings = stage.settings
    shelf = BackupShelf(directory: directory, keep: settings.backups.keep, pool: pool)
    backup = Backup(
      of: cluster,
      contexts: Stage.backupContexts,
      pool: pool,
      logger: stage.logger
    )
    mark = BackupMark(dataDirectory: settings.dataDirectory)
    times = settings.backups.times
    self.pool = pool
    self.clock = clock
    logger = stage.logger
  }

  var jobHandlers: [JobHandler] {
    [JobHandler(TakeBackup.self) { _, run in try await take(run) }]
  }

  var jobSchedules: [JobSchedule] { [JobSchedule(TakeBackup(), times)] }

  /// Makes the folder where it is missing.
  ///
  /// - Throws: ``Settings/Invalid`` when this process cannot write there.
  func prepare() async throws {
    do {
      try await shelf.prepare()
    } catch let error as BackupError {
      throw Settings.Invalid(name: "ARTEL_BACKUP_DIRECTORY", allowed: error.description)
    }
  }

  /// Takes a backup, proves it, notes it when no file was lost, and removes old ones.
  ///
  /// - Throws: `BackupError`, `ClusterError`, `PostgresError`.
  func take(progress: @escaping @Sendable (BackupProgress) -> Void) async throws -> BackupManifest {
    let manifest = try await shelf.add(by: backup, at: clock.now(), progress: progress)
    if manifest.lostBlobs.isEmpty { try await pool.run { try mark.set() } }
    return manifest
  }

  private func take(_ run: JobRun) async throws {
    let manifest = try await take { progress in
      let stages: [BackupProgress.Stage] = [.blobs, .databases, .secrets, .verification]
      run.report(stages.firstIndex(of: progress.stage) ?? 0, of: stages.count)
    }
    logger.info(
      "A backup was taken and read back",
      metadata: ["files": "\(manifest.blobCount)", "bytes": "\(manifest.sizeBytes)"]
    )
    // Trying again would not bring them back.
    guard manifest.lostBlobs.isEmpty else {
      throw JobRefusal(
        "The backup is whole, but \(FilesAreMissing(count: manifest.lostBlobs.count))."
      )
    }
  }
}
