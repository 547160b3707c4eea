import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import Accounts

@Suite("An archive of everything")
struct ExportTests {
  private static let path = "/api/exports"

  @Test func `has what the member may know, and nothing that proves who they are`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.avatar(of: try await site.member(Cast.ada))
    let margaret = try await site.member(Cast.margaret)
    try await site.tell(ada)
    _ = try await site.apiToken(of: ada)
    try await site.session(margaret, "margaret's own", at: nil)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      _ = try await site.twoFactor(ada)
      _ = try await client.send(.put, "/api/members/\(margaret.username)/block", token: token)
      let entries = try await site.archive(client, token)

      let tables = [
        "account", "sessions", "api_tokens", "notices", "blocks", "exports", "system_log",
      ]
      let files = tables.map { "accounts/\($0).json" } + ["accounts/avatar.webp"]
      #expect(entries.keys.sorted() == files.sorted())
      let account = try #require(entries.rows("accounts/account.json").first)
      #expect(account["email"] as? String == Cast.ada.email)
      let texts = entries.filter { $0.key.hasSuffix(".json") }
        .map { String(decoding: $0.value, as: UTF8.self) }.joined()
      for secret in ["argon2", "digest", "hash", "secret", "salt", "margaret's own"] {
        #expect(!texts.contains(secret), "\(secret)")
      }
    }
  }

  // Fails without `actor_id` among the owners, and when it tells from where others did something.
  @Test func `has what the member did and from where, and what others did to them`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let margaret = try await site.member(Cast.margaret)
    let own = SessionOrigin(userAgent: "ada's", address: "192.0.2.5")
    let foreign = SessionOrigin(userAgent: "margaret's", address: "192.0.2.6")
    try await site.record(by: ada.id, about: margaret.id, from: own)
    try await site.record(by: margaret.id, about: ada.id, from: foreign)
    try await site.record(by: margaret.id, about: margaret.id, from: foreign)
    try await site.record(by: nil, about: ada.id, from: foreign)

    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [site.accounts])

    let made = try await site.accounts.export(export.id, of: ada.id)
    let rows = try await site.entries(of: made).rows("accounts/system_log.json")
      .filter { $0["act"] as? String == Act.easelPainted.name }
    #expect(rows.map { $0["address"] as? String } == ["192.0.2.5", nil, nil])
    #expect(rows.map { $0["user_agent"] as? String } == ["ada's", nil, nil])
  }

  // Fails when a migration adds a table or a column that the archive does not know:
  // "members.shoe_size".
  @Test func `leaves out no column that is not left out for a reason`() async throws {
    let site = try await TestAccounts.make()
    let leftOut: Set<String> = [
      // Proofs of who somebody is.
      "members.password_hash", "sessions.cookie_digest", "api_tokens.digest",
      "passkeys.credential_id", "passkeys.public_key", "passkeys.algorithm", "passkeys.counter",
      "passkeys.regressed_at",
      // The file itself is there.
      "members.avatar_small", "members.avatar_medium", "members.avatar_large", "exports.digest",
      // Of no meaning outside.
      "members.version", "members.departed_at", "letters.link_id", "letters.code_id",
      "exports.job_id", "exports.failed_at", "exports.expires_at", "follows.id",
      "follows.updated_at",
      // By which the system log vouches for itself.
      "system_log_entries.salt", "system_log_entries.commitment", "system_log_entries.digest",
      "system_log_entries.erased_at",
    ]
    let leftOutWhole: Set<String> = [
      // Rows that live for minutes, or prove who somebody is.
      "email_links", "recovery_codes", "refresh_tokens", "sign_in_challenges", "totp_secrets",
      "verification_codes",
      // Letters that nobody delivers, with links and codes that work; "letters" says that they were
      // written.
      "mailbox_messages",
    ]

    let tables = Set(try await site.db.tablesNamingMembers())
    let columns = try await site.db.read(
      """
      select table_name || '.' || column_name from information_schema.columns
      where table_schema = 'public' and table_name = any (\(Array(tables.subtracting(leftOutWhole))))
      """
    )
    .map { try $0.decode(String.self, at: 0) }

    let archived = ArchivedPart.all.flatMap { part in
      (part.columns + part.ownColumns + part.owners).map { "\(part.table).\($0)" }
    }
    #expect(leftOutWhole.isSubset(of: tables))
    #expect(Set(columns).subtracting(archived) == leftOut)
  }

  @Test func `says how far it is`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    #expect(try await site.accounts.progress(of: export) == nil)

    _ = try await site.db.write("update jobs.jobs set done = 1, total = 2")

    let progress = try await site.accounts.progress(of: export)
    #expect(progress == ExportProgress(done: 1, total: 2))
  }

  @Test func `has a folder of each app`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)

    try await site.makeExports(of: [AtelierArchive(db: site.db.database)])

    let made = try await site.accounts.export(export.id, of: ada.id)
    #expect(made.readyAt == site.clock.now && made.expiresAt == site.clock.now + 7 * 86_400)
    #expect(try await site.accounts.progress(of: made) == nil)
    #expect(try await site.notices(of: ada).map(\.kind) == ["export.ready"])
    let entries = try await site.entries(of: made)
    #expect(entries.keys.sorted() == ["atelier/easels.json", "atelier/sketch.txt"])
    #expect(entries.rows("atelier/easels.json").map { $0["number"] as? Int } == [1, 2])
  }

  // Fails without the pieces: one file of 12 MB, which was in memory whole.
  @Test func `many rows go on in another file`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [ManyRows(db: site.db.database)])

    let made = try await site.accounts.export(export.id, of: ada.id)
    let entries = try await site.entries(of: made)
    #expect(entries.keys.sorted() == ["many/rows-2.json", "many/rows.json"])
    let count = entries.rows("many/rows.json").count + entries.rows("many/rows-2.json").count
    #expect(count == 12_000)
  }

  @Test func `is made one at a time`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
        for _ in 0..<3 {
          group.addTask { try await client.send(.post, Self.path, token: token).status }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.sorted { $0.code < $1.code } == [.accepted, .conflict, .conflict])

      try await site.makeExports(of: [])

      #expect(try await client.send(.post, Self.path, token: token).status == .accepted)
    }
  }

  @Test func `is nobody else's, and nobody's before it is ready and after a week`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.member(Cast.margaret)
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    let archive = "/exports/\(export.id)"

    try await site.serve { client in
      let (own, other) = (
        try await client.signIn(Cast.ada).access, try await client.signIn(Cast.margaret).access
      )
      #expect(try await client.send(.get, archive, token: own).status == .notFound)
      try await site.makeExports(of: [])
      for path in [archive, "\(Self.path)/\(export.id)"] {
        #expect(try await client.send(.get, path, token: other).status == .notFound)
        #expect(try await client.send(.get, path, token: own).status == .ok)
      }
    }
    site.clock.advance(by: .seconds(7 * 86_400))
    await #expect(throws: Problem.self) { try await site.accounts.export(export.id, of: ada.id) }
  }

  // Fails without the release of the file: it stays until the night.
  @Test func `goes with its file when its week is over`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    _ = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [])
    #expect(site.files.stored.count == 1)
    site.clock.advance(by: .seconds(7 * 86_400))

    try await site.accounts.forgetExports()
    try await site.deliver()

    #expect(try await Export.query.count(in: site.db) == 0)
    #expect(site.files.stored.isEmpty && site.files.leftovers.isEmpty)
  }

  // Fails without the column among those that name files: the archive is gone.
  @Test func `stays while its row names it`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [])
    let digest = try #require(try await site.accounts.export(export.id, of: ada.id).digest)

    try await site.accounts.pictures?.removeUnused([digest])

    #expect(site.files.stored.count == 1)
  }

  @Test func `takes the place of the former one`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    _ = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [site.accounts])

    let second = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [site.accounts])

    #expect(try await Export.query.all(in: site.db).map(\.id) == [second.id])
    #expect(site.files.stored.count == 1)
  }

  @Test func `is given up after the last attempt, and the member is told`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let atelier = AtelierArchive(db: site.db.database)
    atelier.during = { throw CocoaError(.fileReadUnknown) }
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    _ = try await site.db.write("update jobs.jobs set attempts_limit = 1")

    try await site.makeExports(of: [atelier])

    let failed = try await site.accounts.export(export.id, of: ada.id)
    #expect(failed.failedAt == site.clock.now)
    #expect(try await site.notices(of: ada).map(\.kind) == ["export.failed"])
    #expect(site.files.stored.isEmpty)
    _ = try await site.accounts.requestExport(of: ada.id, from: .tests)
  }

  @Test func `whose job is gone is given up after a day`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let export = try await site.accounts.requestExport(of: ada.id, from: .tests)
    _ = try await site.db.write("delete from jobs.jobs")
    site.clock.advance(by: .seconds(86_400))

    try await site.accounts.forgetExports()

    #expect(try await site.accounts.export(export.id, of: ada.id).failedAt == site.clock.now)
  }

  @Test func `of a member who departs meanwhile is not kept`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let atelier = AtelierArchive(db: site.db.database)
    _ = try await site.accounts.requestExport(of: ada.id, from: .tests)
    try await site.makeExports(of: [])
    atelier.during = { try await site.accounts.removeMember(username: "ada") }
    _ = try await site.accounts.requestExport(of: ada.id, from: .tests)

    try await site.makeExports(of: [atelier])

    #expect(try await Export.query.count(in: site.db) == 0)
    #expect(site.files.stored.isEmpty)
  }

  @Test func `is asked for and fetched on a page`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
      let page = "/settings/data"
      let asked = try await browser.submit([:], from: page, to: "\(page)/exports")
      #expect(asked.headers[.location] == page)
      #expect(try await browser.get(page).text.contains("data-exports=\"making\""))
      try await site.makeExports(of: [])

      let html = try await browser.get(page).text
      let link = try #require(html.firstMatch(of: /href="(\/exports\/[^"]+)"/)?.1)
      let answer = try await browser.get(String(link))

      #expect(answer.headers[.contentType] == "application/zip")
      #expect(
        answer.headers[.contentDisposition] == "attachment; filename=\"artel-2026-03-01.zip\""
      )
    }
  }
}

/// An app with two things of each member.
private final class AtelierArchive: MemberArchiveSource {
  static let context = "atelier"

  private let db: Database
  private let meanwhile = Mutex<@Sendable () async throws -> Void>({})

  init(db: Database) {
    self.db = db
  }

  /// What happens after the first file.
  var during: @Sendable () async throws -> Void {
    get { meanwhile.withLock { $0 } }
    set { meanwhile.withLock { $0 = newValue } }
  }

  func archiveFileCount(of member: MemberID) async throws -> Int { 2 }

  func archive(_ member: MemberID, into archive: MemberArchive) async throws {
    let sketch = FileManager.default.temporaryDirectory.appending(path: "sketch-\(UUID())")
    try Data("A sketch.".utf8).write(to: sketch)
    defer { try? FileManager.default.removeItem(at: sketch) }
    try await archive.add("sketch.txt", fileAt: sketch.path(), changedAt: .now)
    try await during()
    try await archive.add("gone.txt", fileAt: "/nowhere", changedAt: .now)
    try await archive.add(
      "easels",
      rowsOf: "select number from generate_series(1, 2) number",
      in: db
    )
  }
}

/// An app with more rows of each member than fit into memory.
private struct ManyRows: MemberArchiveSource {
  static let context = "many"

  let db: Database

  func archiveFileCount(of member: MemberID) async throws -> Int { 0 }

  func archive(_ member: MemberID, into archive: MemberArchive) async throws {
    try await archive.add(
      "rows",
      rowsOf: "select number, repeat('x', 1000) as text from generate_series(1, 12000) number",
      in: db
    )
  }
}
