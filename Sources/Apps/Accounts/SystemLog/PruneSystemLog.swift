import ArtelConcurrency
import ArtelJobs
import ArtelPostgres
import FoundationEssentials

/// Deletes the entries of the system log whose time is over.
struct PruneSystemLog: Job {
  static let kind = "accounts.log.prune"
  // The next one comes in a day.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
  }
}

extension SystemLogEntry {
  /// Deletes the oldest entries up to the first one that is young enough, at most `count`, and keeps
  /// the digest of the last of them, so that the rest can be verified.
  ///
  /// The head is taken first, so two that prune at once do not meet.
  ///
  /// - Returns: How many went.
  static func prune(
    madeBefore limit: Date,
    atMost count: Int,
    at now: Date,
    in tx: Transaction
  ) async throws -> Int {
    let rows = try await tx.write(
      """
      with head as (
        select pruned_position from system_log_heads for update
      ), oldest as (
        select position, digest, done_at from system_log_entries
        where position > (select pruned_position from head)
          and position <= (select pruned_position from head) + \(count)
      ), last as (
        select position, digest from oldest
        where position < coalesce(
          (select min(position) from oldest where done_at >= \(limit)), 9223372036854775807)
        order by position desc limit 1
      ), gone as (
        delete from system_log_entries where position <= (select position from last)
        returning position
      )
      update system_log_heads
      set pruned_position = last.position, pruned_digest = last.digest from last
      returning pruned_position, (select count(*) from gone)
      """
    )
    guard let row = rows.first else { return 0 }
    let gone = try row.decode(Int.self, at: 1)
    tx.record(
      .logPruned,
      by: nil,
      about: nil,
      from: nil,
      details: ["through": "\(try row.decode(Int.self, at: 0))", "entries": "\(gone)"],
      at: now
    )
    return gone
  }
}

extension Accounts {
  /// Deletes entries of the log that are older than they are kept, at most `batch` in a transaction
  /// and ten of these.
  ///
  /// - Returns: How many went.
  @discardableResult
  func pruneLog(batch: Int = 1000) async throws -> Int {
    let now = clock.now()
    let limit = now - TimeInterval(logRetention.components.seconds)
    var total = 0
    for _ in 0..<10 {
      let count = try await db.transaction { tx in
        try await SystemLogEntry.prune(madeBefore: limit, atMost: batch, at: now, in: tx)
      }
      total += count
      if count < batch { break }
    }
    return total
  }
}
