public import ArtelIdentifiers
import ArtelPostgres
public import FoundationEssentials

/// What has become of a job.
public enum JobState: String, Sendable, Codable, CaseIterable {
  /// It waits, for a node or for its time.
  case queued
  /// A node works on it.
  case running
  /// It was done.
  case finished
  /// Somebody called it off.
  case cancelled
  /// Its last attempt failed; it waits for an operator.
  case dead
}

/// A job as operators see it.
public struct JobEntry: Sendable, Codable {
  /// Its id.
  public let id: JobID
  /// What is to be done.
  public let kind: String
  /// What has become of it.
  public let state: JobState
  /// The job as JSON.
  public let payload: String
  /// Of its kind, the only one with this key that waits or runs.
  public let uniqueKey: String?
  /// How often a node has taken it.
  public let attempts: Int
  /// After how many attempts it is dead.
  public let attemptsLimit: Int
  /// The process that took it last.
  public let node: String?
  /// How much is done.
  public let done: Int
  /// How much there is to do; nil when the job does not say.
  public let total: Int?
  /// Why the last attempt failed.
  public let reason: String?
  /// When it was stored.
  public let enqueuedAt: Date
  /// When it is due.
  public let dueAt: Date
  /// When a node took it last.
  public let startedAt: Date?
  /// When it was finished, cancelled or given up.
  public let endedAt: Date?
  /// When somebody called it off while it ran.
  public let cancelRequestedAt: Date?

  static let columns: SQL = """
    id, kind, state, payload::text, unique_key, attempts, attempts_limit, node, done, total, reason,
    enqueued_at, run_at, started_at, ended_at, cancel_requested_at
    """

  init(_ row: PostgresRow) throws {
    id = try row.decode(at: 0)
    kind = try row.decode(at: 1)
    guard let state = JobState(rawValue: try row.decode(at: 2)) else {
      throw PostgresError.decoding("an unknown state of a job")
    }
    self.state = state
    payload = try row.decode(at: 3)
    uniqueKey = try row.decode(at: 4)
    attempts = try row.decode(at: 5)
    attemptsLimit = try row.decode(at: 6)
    node = try row.decode(at: 7)
    done = try row.decode(at: 8)
    total = try row.decode(at: 9)
    reason = try row.decode(at: 10)
    enqueuedAt = try row.decode(at: 11)
    dueAt = try row.decode(at: 12)
    startedAt = try row.decode(at: 13)
    endedAt = try row.decode(at: 14)
    cancelRequestedAt = try row.decode(at: 15)
  }
}
