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

  /// Deletes archives and has their files removed.
  static func forget(_ archives: Query<Export>, in tx: Transaction) async throws {
    let files = try await archives.forUpdate().all(in: tx).compactMap(\.digest)
    try await archives.delete(in: tx)
    try await tx.remove(files: files)
  }
}

extension Member {
  /// Forgets the member's archives and has their files removed.
  func forgetExports(in tx: Transaction) async throws {
    try await Export.forget(Export.where { $0.memberID == id }, in: tx)
  }
}

extension Accounts {
  /// Deletes archives whose time is over, and gives up those whose job is gone without a word.
  func forgetExports() async throws {
    let now = clock.now()
    let longAgo = now - Export.patience
    let stuck = try await Export.where {
      $0.readyAt == nil && $0.failedAt == nil && $0.requestedAt <= longAgo
    }
    .all(in: db)
    for export in stuck { try await giveUp(export) }
    try await db.transaction { tx in
      try await Export.forget(Export.where { $0.expiresAt <= now }, in: tx)
    }
  }
}
