import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelStorage
import ArtelTesting
import Foundation
import HummingbirdTesting
import Testing

@testable import Accounts

extension TestAccounts {
  /// Makes the archives that were asked for, of what some apps have.
  func makeExports(of apps: [any MemberArchiveSource]) async throws {
    let runner = JobRunner(
      db: db.database,
      handlers: accounts.jobHandlers + [accounts.exportHandler(of: apps)],
      logger: accounts.logger
    )
    try await runner.drain()
  }

  /// Asks for an archive of what Accounts has, and fetches it.
  func archive(_ client: any TestClientProtocol, _ token: String) async throws -> [String: Data] {
    let asked = try await client.send(.post, "/api/exports", token: token)
    try await makeExports(of: [accounts])
    let id = try #require(asked.json("id"))
    let answer = try await client.send(.get, "/exports/\(id)", token: token)
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).zip")
    try Data(answer.body.readableBytesView).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    return try await [String: Data](archiveAt: file.path())
  }

  /// What is in an archive.
  func entries(of export: Export) async throws -> [String: Data] {
    let digest = try #require(export.digest.flatMap { Digest(bytes: $0.bytes) })
    let pictures = try #require(accounts.pictures)
    return try await [String: Data](archiveAt: pictures.blobs.path(of: digest))
  }
}

extension [String: Data] {
  init(archiveAt path: String) async throws {
    let entries = try await ZipReader.entries(ofFileAt: path)
    self.init(uniqueKeysWithValues: entries.map { ($0.name, $0.content) })
  }

  /// The rows in a JSON file of an archive.
  func rows(_ name: String) -> [[String: Any]] {
    guard let data = self[name] else { return [] }
    return (try? JSONSerialization.jsonObject(with: data)) as? [[String: Any]] ?? []
  }
}
