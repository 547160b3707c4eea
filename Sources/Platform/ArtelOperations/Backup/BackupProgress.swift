/// How far a backup, a check or a restoration is.
public struct BackupProgress: Sendable, Codable, Equatable {
  /// What is being done, in the order of doing.
  public enum Stage: String, Sendable, Codable {
    /// Dumping, or loading, the databases.
    case databases
    /// Copying pictures and other files.
    case blobs
    /// Copying keys.
    case secrets
    /// Checking what was copied against its digests.
    case verification
    /// Starting an empty cluster to restore into.
    case cluster
    /// Comparing what was restored with what the backup counted.
    case comparison
  }

  /// What is being done.
  public let stage: Stage
  /// The context, for databases.
  public let context: String?
  /// Bytes done in this stage.
  public let doneBytes: Int
  /// Bytes of this stage; nil while nobody knows, as for dumps.
  public let totalBytes: Int?

  init(_ stage: Stage, context: String? = nil, doneBytes: Int = 0, totalBytes: Int? = nil) {
    self.stage = stage
    self.context = context
    self.doneBytes = doneBytes
    self.totalBytes = totalBytes
  }

  private enum CodingKeys: String, CodingKey {
    case stage
    case context
    case doneBytes = "done_bytes"
    case totalBytes = "total_bytes"
  }
}
