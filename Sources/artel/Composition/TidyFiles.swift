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

  /// What needs files: the store, and whoever names them.
  struct Tidying: Sendable {
    let blobs: BlobStore
    let references: BlobReferences
    /// Whether other nodes may write to the same disk.
    let isShared: Bool
    let startedAt: Date
    let logger: Logger

    /// Files that are older than this were not stored by a request that still runs.
    ///
    /// The private cluster's data directory belongs to this process, so what was there before it
    /// started is nobody else's. Other nodes may share the operator's own server and a disk: there
    /// an hour must have passed.
    private var limit: Date { isShared ? Date(timeIntervalSinceNow: -3600) : startedAt }

    func tidy(_ run: JobRun) async throws {
      let round = try await blobs.removeOrphans(by: [references], writtenBefore: limit)
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
  }
}
