import ArtelModel
import ArtelTesting
import Testing

@testable import Accounts

@Suite("Signing keys")
struct SigningKeyTests {
  @Test func `the first start makes one, the next finds it`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).access.text

    let restarted = try await site.another()

    #expect(try await restarted.accounts.authenticator.bearer(token) != nil)
    #expect(try await SigningKey.query.count(in: site.db) == 1)
  }

  @Test func `nodes that start together agree on one`() async throws {
    let db = try await TestDatabase.make(context: "accounts")

    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask { _ = try? await SigningKey.known(at: TestClock.testStart, in: db.database) }
      }
    }

    #expect(try await SigningKey.query.count(in: db) == 1)
  }

  @Test func `rotation keeps the tokens that are about`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let old = try await site.tokens(Cast.ada).access.text

    try await site.accounts.rotateKeys()

    let new = try await site.tokens(Cast.ada).access.text
    let bearer = site.accounts.authenticator.bearer
    #expect(try await bearer(old) != nil)
    #expect(try await bearer(new) != nil)
    #expect(try await SigningKey.where { $0.retiredAt == nil }.count(in: site.db) == 1)
    #expect(try await SigningKey.query.count(in: site.db) == 2)
  }

  @Test func `another node learns a key when a token shows it`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let other = try await site.another()

    try await site.accounts.rotateKeys()
    let token = try await site.tokens(Cast.ada).access.text

    #expect(try await other.accounts.authenticator.bearer(token) != nil)
  }

  @Test func `unknown keys cost one statement every ten seconds at most`() async throws {
    let site = try await TestAccounts.make()
    let stranger = try await TestAccounts.make()
    try await stranger.member(Cast.ada)
    let token = try await stranger.tokens(Cast.ada).access.text

    let first = try await expectStatements(atMost: 1) {
      try await site.accounts.authenticator.bearer(token)
    }
    let second = try await expectStatements(atMost: 0, atLeast: 0) {
      try await site.accounts.authenticator.bearer(token)
    }

    #expect(first == nil)
    #expect(second == nil)
  }
}
