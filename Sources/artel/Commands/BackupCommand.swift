import ArgumentParser
import ArtelCluster
import ArtelConcurrency
import ArtelOperations
import ArtelTelemetry
import Foundation

/// What the backup commands have in common: progress for people, one JSON line for programs.
struct BackupOutput: ParsableArguments {
  @Flag(help: "Print the manifest as JSON when done.")
  var json = false

  /// Shows progress when standard error is a terminal.
  var progress: @Sendable (BackupProgress) -> Void {
    guard isatty(2) == 1 else { return { _ in } }
    return { progress in
      var line = "\r\u{1B}[K\(progress.stage.rawValue)"
      if let context = progress.context { line += " \(context)" }
      line += " \(progress.doneBytes / 1_048_576) MiB"
      if let total = progress.totalBytes, total > 0 { line += " of \(total / 1_048_576) MiB" }
      LineWriter.standardError.write(line)
    }
  }

  /// Says what is in the backup.
  func report(_ manifest: BackupManifest, _ verb: String) throws {
    if isatty(2) == 1 { LineWriter.standardError.write("\r\u{1B}[K") }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .iso8601
      print(String(decoding: try encoder.encode(manifest), as: UTF8.self))
    } else {
      let rows = manifest.databases.flatMap(\.rowCounts.values).reduce(0, +)
      print("\(verb): \(rows) rows, \(manifest.blobCount) files, \(manifest.sizeBytes) bytes")
    }
    guard manifest.lostBlobs.isEmpty else {
      throw FilesAreMissing(count: manifest.lostBlobs.count)
    }
  }
}

/// The backup is whole, but the installation had lost files before.
struct FilesAreMissing: Error, CustomStringConvertible {
  let count: Int

  var description: String { "\(count) files that posts use are missing from the installation" }
}

/// Writes a backup: `artel backup`.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup",
    abstract: "Write a backup of databases and pictures; the server may run."
  )

  @Option(
    help: """
      A folder that is missing or empty; default one of its own in ARTEL_BACKUP_DIRECTORY, where the oldest ones that \
      are too many are removed.
      """
  )
  var to: String?

  @OptionGroup var output: BackupOutput
  @OptionGroup var options: DataOptions

  func run() async throws {
    let directory = to.map(Settings.absolute)
    let manifest = try await options.withStage(.besideServer) { stage in
      guard let cluster = stage.cluster else {
        throw ValidationError(
          "artel backup is for the private cluster; back up your own server with its tools"
        )
      }
      guard let directory else {
        guard let care = BackupCare(on: stage, pool: stage.pool) else {
          throw ValidationError("say --to, or set ARTEL_BACKUP_DIRECTORY")
        }
        return try await care.take(progress: output.progress)
      }
      let backup = Backup(
        of: cluster,
        contexts: Stage.backupContexts,
        pool: stage.pool,
        logger: stage.logger
      )
      let manifest = try await backup.run(to: directory, progress: output.progress)
      if manifest.lostBlobs.isEmpty {
        try await stage.pool.run {
          try BackupMark(dataDirectory: stage.settings.dataDirectory).set()
        }
      }
      return manifest
    }
    try output.report(manifest, "backed up")
  }
}

/// Makes an Artel from a backup: `artel restore`.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore",
    abstract: "Make an Artel from a backup in a data directory that is missing or empty."
  )

  @Option(help: "The folder of the backup.")
  var from: String

  @OptionGroup var output: BackupOutput
  @OptionGroup var options: DataOptions

  func run() async throws {
    let directory = Settings.absolute(from)
    let settings = try options.settings()
    let pool = BlockingPool(name: "artel-blocking", threads: 6)
    defer { pool.stop() }
    let restore = Restore(
      into: PrivateCluster.Options(dataDirectory: settings.dataDirectory, contexts: Stage.contexts),
      pool: pool,
      logger: options.logger()
    )
    try output.report(try await restore.run(from: directory, progress: output.progress), "restored")
  }
}

/// Reads a whole backup: `artel verify-backup`.
struct VerifyBackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify-backup",
    abstract: "Read a whole backup and check every byte."
  )

  @Option(help: "The folder of the backup.")
  var from: String

  @OptionGroup var output: BackupOutput

  func run() async throws {
    let pool = BlockingPool(name: "artel-blocking", threads: 2)
    defer { pool.stop() }
    let manifest = try await BackupManifest.verify(
      Settings.absolute(from),
      pool: pool,
      progress: output.progress
    )
    try output.report(manifest, "sound")
  }
}
