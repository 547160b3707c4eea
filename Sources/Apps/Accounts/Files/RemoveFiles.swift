import ArtelJobs
import ArtelPostgres
import ArtelStorage
import ArtelUploads

/// Removes files that no row names any more, such as those of a picture that a member replaced.
///
/// Stored with the change, so that no crash leaves files that nobody sees and nobody removes.
struct RemoveFiles: Job {
  static let kind = "accounts.files.remove"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 5
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }

  /// SHA-256 of each, in hexadecimal digits.
  let files: [String]

  /// Does the job; one for a server that keeps no files is nobody's.
  func run(in accounts: Accounts) async throws {
    let digests = files.compactMap { Digest(hex: $0) }
    try await accounts.pictures?.removeUnused(digests.map { Bytea($0.bytes) })
  }
}

extension Transaction {
  /// Has files removed that no row names once this transaction has committed.
  func remove(files: [Bytea]) async throws {
    let digests = files.compactMap { Digest(bytes: $0.bytes)?.hex }
    guard !digests.isEmpty else { return }
    try await enqueue(RemoveFiles(files: digests))
  }
}
