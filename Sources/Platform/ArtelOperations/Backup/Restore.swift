public import ArtelCluster
public import ArtelConcurrency
import ArtelPostgres
import ArtelStorage
public import Logging

/// Makes an installation from a backup, and proves that it is the same.
///
/// Everything is built in a folder `restoring` inside the data directory and moved to its place at
/// the end, so that a restoration that fails leaves nothing that a server could take for whole.
public struct Restore: Sendable {
  private let options: PrivateCluster.Options
  private let layout: DataLayout
  private let pool: BlockingPool
  private let logger: Logger

  /// - `options`: Names the data directory. Its contexts are taken from the backup.
  public init(
    into options: PrivateCluster.Options,
    layout: DataLayout = DataLayout(),
    pool: BlockingPool,
    logger: Logger
  ) {
    self.options = options
    self.layout = layout
    self.pool = pool
    self.logger = logger
  }

  /// Checks the backup in `directory`, restores it and compares.
  ///
  /// The data directory must be missing or empty. Afterwards nothing runs in it; start the server.
  ///
  /// - Throws: ``BackupError``, ``ArtelCluster/ClusterError``, ``ArtelPostgres/PostgresError``; the
  ///   data directory is as empty as it was.
  @discardableResult
  public func run(
    from directory: String,
    progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
  ) async throws -> BackupManifest {
    // Programs run in another directory than this process.
    let directory = try DataDirectory.absolute(directory)
    let dataDirectory = options.dataDirectory
    let owner = try options.runAs ?? SystemUser.current()
    let manifest = try await BackupManifest.verify(directory, pool: pool, progress: progress)
    let newest = try PostgresInstallation.newest(in: options.installationRoot)
    guard manifest.postgresMajorVersion <= newest.majorVersion else {
      throw BackupError(
        .tooNew,
        "The backup was made with PostgreSQL \(manifest.postgresMajorVersion), \(newest.majorVersion) is installed. "
          + "Install the newer one: `apt-get install postgresql-\(manifest.postgresMajorVersion)`."
      )
    }
    let lock = try await pool.run {
      try DataDirectory.prepare(dataDirectory, for: owner)
      let lock = try DataDirectoryLock.acquire(dataDirectory)
      guard BackupDisk.isVacant(dataDirectory, ignoring: ["artel.lock", "restoring"]) else {
        throw BackupError(
          .targetNotEmpty,
          "The data directory \(dataDirectory) is not empty. Restore into an empty one with --data; nothing was "
            + "changed."
        )
      }
      try BackupDisk.remove(dataDirectory + "/restoring")
      return lock
    }
    let staging = dataDirectory + "/restoring"
    do {
      try await rebuild(manifest, from: directory, in: staging, progress: progress)
      try await pool.run { try settle(staging) }
    } catch {
      try? await Task { try await pool.run { try BackupDisk.remove(staging) } }.value
      throw error
    }
    withExtendedLifetime(lock) {}
    return manifest
  }

  private func rebuild(
    _ manifest: BackupManifest,
    from directory: String,
    in staging: String,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) async throws {
    progress(BackupProgress(.cluster))
    var options = options
    options.dataDirectory = staging
    options.contexts = manifest.databases.map(\.context)
    let cluster = try await PrivateCluster.start(options, pool: pool, logger: logger)
    do {
      for database in manifest.databases {
        progress(
          BackupProgress(.databases, context: database.context, totalBytes: database.file.sizeBytes)
        )
        try await cluster.run(
          "pg_restore",
          ["--exit-on-error", "--jobs=2", "\(directory)/\(database.file.path)"],
          database: database.context
        )
      }
      try await copyFiles(manifest, from: directory, to: staging, progress: progress)
      progress(BackupProgress(.comparison))
      try await compare(manifest, with: cluster)
      try await cluster.stop()
    } catch {
      try? await Task { try await cluster.stop() }.value
      throw error
    }
  }

  private func copyFiles(
    _ manifest: BackupManifest,
    from directory: String,
    to staging: String,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) async throws {
    let copy = BlobCopy(
      from: BlobStore(directory: directory, pool: pool),
      to: BlobStore(directory: "\(staging)/\(layout.blobs)", pool: pool),
      pool: pool,
      progress: progress
    )
    let lines = try await pool.run {
      try BlobLine.read(from: "\(directory)/\(manifest.blobList.path)")
    }
    let lost = try await copy.copy(Set(lines.map(\.digest)))
    guard lost.isEmpty else {
      throw BackupError(
        .damaged,
        "\(lost.count) blobs of the backup changed while it was restored."
      )
    }
    progress(BackupProgress(.secrets))
    try await pool.run { [layout] in
      for file in manifest.secrets {
        let target = "\(staging)/\(layout.secrets)/\(file.path.dropFirst("secrets/".count))"
        try BackupDisk.makeDirectories(BackupDisk.folder(of: target))
        let line = try BackupDisk.digest(of: "\(directory)/\(file.path)", copyingTo: target)
        guard line?.digest.hex == file.sha256 else {
          throw BackupError(.damaged, "\(file.path) changed while it was restored.")
        }
      }
      for folder in [layout.blobs, layout.secrets]
      where !BackupDisk.isVacant("\(staging)/\(folder)") {
        try BackupDisk.synchronize(treeOf: "\(staging)/\(folder)")
      }
    }
  }

  /// Counts the rows of every table, and tells the planner about them.
  private func compare(_ manifest: BackupManifest, with cluster: PrivateCluster) async throws {
    let reactor = Reactor()
    defer { reactor.stop() }
    for expected in manifest.databases {
      let database = Database(
        cluster.superuserConfiguration(database: expected.context),
        reactor: reactor,
        pool: pool,
        logger: logger
      )
      do {
        try await database.withLease { lease in
          let counts = try await Snapshots.rowCounts(with: lease)
          guard counts == expected.rowCounts else {
            throw BackupError(
              .different,
              "\(expected.context) has other numbers of rows than when it was backed up: \(counts) instead of "
                + "\(expected.rowCounts)."
            )
          }
          try await lease.script("analyze")
        }
        await database.close()
      } catch {
        await database.close()
        throw error
      }
    }
  }

  /// Moves everything to its place; the cluster last, because it is what a server looks for.
  private func settle(_ staging: String) throws {
    let dataDirectory = options.dataDirectory
    for name in [layout.secrets, layout.blobs, "log", "postgres"]
    where !BackupDisk.isVacant("\(staging)/\(name)") {
      try BackupDisk.move("\(staging)/\(name)", to: "\(dataDirectory)/\(name)")
    }
    try BackupDisk.synchronize(dataDirectory)
    try BackupDisk.remove(staging)
  }
}
