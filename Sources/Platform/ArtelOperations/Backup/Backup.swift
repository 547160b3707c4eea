public import ArtelCluster
public import ArtelConcurrency
import ArtelPostgres
import ArtelStorage
import FoundationEssentials
public import Logging

/// Makes one consistent set of databases, blobs and secrets while the server runs.
///
/// Each database is read in one snapshot; the snapshots are taken within milliseconds of each other,
/// the last context's first, so that a row never names something in an earlier context that its
/// dump does not have. Of the blobs, exactly those that rows of the snapshots name are copied, and
/// each is checked against its digest. Most are copied before the snapshots; should one of the rest
/// be removed before it was copied, then its row is gone too, and new snapshots are taken.
///
/// The set is written beside its place and moved there when everything is on the disk.
public struct Backup: Sendable {
  private let cluster: PrivateCluster
  private let contexts: [BackupContext]
  private let layout: DataLayout
  private let pool: BlockingPool
  private let logger: Logger

  /// How often snapshots are taken before a blob counts as lost.
  private static let attempts = 4

  /// - `contexts`: Each after those that its rows refer to.
  /// - `pool`: Reads and writes files; at most five threads are busy.
  public init(
    of cluster: PrivateCluster,
    contexts: [BackupContext],
    layout: DataLayout = DataLayout(),
    pool: BlockingPool,
    logger: Logger
  ) {
    self.cluster = cluster
    self.contexts = contexts
    self.layout = layout
    self.pool = pool
    self.logger = logger
  }

  /// Writes the backup to `directory`, which must be missing or empty.
  ///
  /// Cost: reads every database and blob once; PostgreSQL keeps old row versions meanwhile.
  /// Cancelling it leaves `directory` as it was.
  ///
  /// - Returns: What was written. ``BackupManifest/lostBlobs`` is empty on a sound installation.
  /// - Throws: ``BackupError``, ``ArtelCluster/ClusterError``, ``ArtelPostgres/PostgresError``.
  public func run(
    to directory: String,
    progress: @escaping @Sendable (BackupProgress) -> Void = { _ in }
  ) async throws -> BackupManifest {
    // Programs run in another directory than this process.
    let directory = try DataDirectory.absolute(directory)
    let incomplete = directory + ".incomplete"
    try await pool.run {
      guard BackupDisk.isVacant(directory) else {
        throw BackupError(
          .targetNotEmpty,
          "\(directory) is not empty. Back up into a directory of its own."
        )
      }
      try BackupDisk.remove(incomplete)
      try BackupDisk.makeDirectories(incomplete + "/databases")
    }
    do {
      let manifest = try await write(to: incomplete, progress: progress)
      try await pool.run {
        try BackupDisk.move(incomplete, to: directory)
        try BackupDisk.synchronize(BackupDisk.folder(of: directory))
      }
      return manifest
    } catch {
      try? await Task { try await pool.run { try BackupDisk.remove(incomplete) } }.value
      throw error
    }
  }

  private func write(
    to directory: String,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) async throws -> BackupManifest {
    let blobs = BlobCopy(
      from: BlobStore(directory: "\(cluster.dataDirectory)/\(layout.blobs)", pool: pool),
      to: BlobStore(directory: directory, pool: pool),
      pool: pool,
      progress: progress
    )
    let opened = Snapshots(of: contexts, in: cluster, pool: pool, logger: logger)
    _ = try await opened.read { try await blobs.copy($0.references) }

    var lost: Set<Digest> = []
    for attempt in 1... {
      let createdAt = Date()
      let databases = try await opened.read { snapshot -> [BackupManifest.Database]? in
        lost = try await blobs.copy(snapshot.references)
        // A blob that was removed meanwhile is named by no newer snapshot; a lost one is.
        guard lost.isEmpty || attempt == Backup.attempts else { return nil }
        return try await dump(snapshot, to: directory, progress: progress)
      }
      guard let databases else { continue }
      return try await finish(
        directory,
        databases: databases,
        blobs: blobs.copied,
        lost: lost,
        createdAt: createdAt,
        progress: progress
      )
    }
    preconditionFailure("the last attempt returns or throws")
  }

  private func dump(
    _ snapshot: Snapshots.Reading,
    to directory: String,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) async throws -> [BackupManifest.Database] {
    var databases: [BackupManifest.Database] = []
    for context in snapshot.contexts {
      let path = "databases/\(context.name).dump"
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          try await cluster.run(
            "pg_dump",
            [
              "--format=custom", "--compress=3", "--snapshot=\(context.snapshot)",
              // What a crash of the database may empty is not worth keeping.
              "--no-unlogged-table-data", "--file=\(directory)/\(path)",
            ],
            database: context.name
          )
        }
        group.addTask {
          while (try? await Task.sleep(for: .milliseconds(200))) != nil {
            let doneBytes = try await pool.run { BackupDisk.sizeBytes(of: "\(directory)/\(path)") }
            progress(BackupProgress(.databases, context: context.name, doneBytes: doneBytes))
          }
        }
        try await group.next()
        group.cancelAll()
      }
      let file = try await pool.run {
        try BackupDisk.synchronize("\(directory)/\(path)")
        return try BackupManifest.File(path, in: directory)
      }
      progress(
        BackupProgress(
          .databases,
          context: context.name,
          doneBytes: file.sizeBytes,
          totalBytes: file.sizeBytes
        )
      )
      databases.append(
        BackupManifest.Database(context: context.name, rowCounts: context.rowCounts, file: file)
      )
    }
    return databases
  }

  private func finish(
    _ directory: String,
    databases: [BackupManifest.Database],
    blobs: [Digest: Int],
    lost: Set<Digest>,
    createdAt: Date,
    progress: @escaping @Sendable (BackupProgress) -> Void
  ) async throws -> BackupManifest {
    if !lost.isEmpty {
      logger.error(
        "blobs are missing or damaged on the disk; the backup goes without them",
        metadata: ["count": "\(lost.count)"]
      )
    }
    progress(BackupProgress(.secrets))
    return try await pool.run {
      let secretsFolder = "\(cluster.dataDirectory)/\(layout.secrets)"
      let secrets = try BackupDisk.files(below: secretsFolder).map { name in
        let path = "secrets/\(name)"
        try BackupDisk.makeDirectories(BackupDisk.folder(of: "\(directory)/\(path)"))
        _ = try BackupDisk.digest(of: "\(secretsFolder)/\(name)", copyingTo: "\(directory)/\(path)")
        return try BackupManifest.File(path, in: directory)
      }
      let lines = blobs.map { BlobLine(digest: $0.key, sizeBytes: $0.value) }.sorted {
        $0.text < $1.text
      }
      try BackupDisk.write(Array(lines.map(\.text).joined().utf8), to: directory + "/blobs.txt")
      let manifest = BackupManifest(
        format: BackupManifest.currentFormat,
        createdAt: createdAt,
        postgresMajorVersion: cluster.installation.majorVersion,
        databases: databases,
        blobList: try BackupManifest.File("blobs.txt", in: directory),
        blobCount: lines.count,
        blobBytes: lines.reduce(0) { $0 + $1.sizeBytes },
        lostBlobs: lost.map(\.hex).sorted(),
        secrets: secrets
      )
      try BackupDisk.synchronize(treeOf: directory)
      try BackupDisk.write(try manifest.json, to: directory + "/manifest.json")
      try BackupDisk.synchronize(directory)
      return manifest
    }
  }
}

extension BackupManifest.File {
  /// Describes a file that was just written; blocks.
  init(_ path: String, in directory: String) throws {
    guard let line = try BackupDisk.digest(of: "\(directory)/\(path)") else {
      throw BackupError(.damaged, "\(directory)/\(path) is missing.")
    }
    self.init(path: path, sizeBytes: line.sizeBytes, sha256: line.digest.hex)
  }
}
