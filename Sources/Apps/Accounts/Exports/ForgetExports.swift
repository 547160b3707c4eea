import ArtelConcurrency
import ArtelJobs
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// Deletes archives whose time is over.
struct ForgetExports: Job {
  static let kind = "accounts.exports.forget"
  // The next one comes in an hour and does what this one did not.
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 3
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }
}

extension Export {
  /// How long making one may take, with all attempts: a day.
  static let patience: TimeInterval = 86_400
}

extension Member {
  /// Forgets the member's archives and has their files removed.
  func forgetExports(in tx: Transaction) async throws {
    let own = Export.where { $0.memberID == id }
    let files = try await own.all(in: tx).compactMap(\.digest)
    try await own.delete(in: tx)
    try await tx.remove(files: files)
  }
}

extension Accounts {
  /// Deletes archives whose time is over, and gives up those whose job is gone without a word.
  func forgetExports() async throws {
    let now = clock.now()
    let longAgo = now - Export.patience
    try await Export.update { $0.failedAt = now }
      .where { $0.readyAt == nil && $0.failedAt == nil && $0.requestedAt <= longAgo }
      .run(in: db)
    try await db.transaction { tx in
      let over = Export.where { $0.expiresAt <= now }
      let files = try await over.forUpdate().all(in: tx).compactMap(\.digest)
      try await over.delete(in: tx)
      try await tx.remove(files: files)
    }
  }
}
