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

  // Fails without the grace of retired keys: the token of the former key is refused at once.
  @Test func `tokens of the former key work until they expire, and nobody is signed out`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let pair = try await site.tokens(Cast.ada)
    site.clock.advance(by: .seconds(1))
    try await site.accounts.rotateKeys()
    let restarted = try await site.another()

    site.clock.advance(by: .seconds(598))
    for node in [site, restarted] {
      #expect(try await node.accounts.authenticator.bearer(pair.access.text) != nil)
    }
    site.clock.advance(by: .seconds(1))
    for node in [site, restarted] {
      #expect(try await node.accounts.authenticator.bearer(pair.access.text) == nil)
    }
    let next = try await site.accounts.refresh(pair.refresh.text)
    #expect(try await restarted.accounts.authenticator.bearer(next.access.text) != nil)
  }

  // Fails without the end of retired keys in KeyRing: a stolen key could sign for a day more.
  @Test func `a retired key signs nothing any more that is accepted`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let stolen = try await site.another()
    try await site.accounts.rotateKeys()

    // A thief with the former key signs on, long after it was retired.
    site.clock.advance(by: .seconds(700))
    try await site.accounts.learnKeys()
    let forged = try await stolen.tokens(Cast.ada).access.text

    #expect(try await site.accounts.authenticator.bearer(forged) == nil)
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
