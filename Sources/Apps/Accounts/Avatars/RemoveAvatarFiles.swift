import ArtelJobs
import ArtelPostgres
import ArtelStorage
import ArtelUploads

/// Removes the files of a picture that a member does not show any more, unless somebody else shows it.
///
/// Stored with the change, so that no crash leaves files that nobody sees and nobody removes.
struct RemoveAvatarFiles: Job {
  static let kind = "accounts.avatars.remove"
  static let options = JobOptions {
    $0.priority = .low
    $0.attempts = 5
    $0.keeps = .zero
    $0.keepsDead = .seconds(7 * 86_400)
  }

  /// SHA-256 of each, in hexadecimal digits.
  let files: [String]

  init(_ files: AvatarFiles) {
    self.files = files.all.compactMap { Digest(bytes: $0.bytes)?.hex }
  }

  /// Does the job; one for a server that keeps no pictures is nobody's.
  func run(in accounts: Accounts) async throws {
    let digests = files.compactMap { Digest(hex: $0) }
    try await accounts.pictures?.removeUnused(digests.map { Bytea($0.bytes) })
  }
}
