import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Signing in by the API")
struct SessionRoutesTests {
  @Test(arguments: Mode.allCases, ["ada", "ADA", "ada@example.org", " Ada@Example.org "])
  func `works by username and by e-mail address`(mode: Mode, login: String) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let answer = try await client.send(
        .post,
        "/api/sessions",
        ["login": login, "password": Cast.ada.password]
      )

      #expect(answer.status == .created)
      #expect(answer.headers[.cacheControl] == "no-store")
      #expect(
        answer.jsonNames == ["access_token", "refresh_token", "token_type", "expires_in"]
      )
      #expect(answer.json("token_type") == "Bearer")
      #expect(answer.json("expires_in") == "600")
    }
  }

  @Test func `answers the same to a wrong password and to an unknown login, after one run each`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let before = site.passwordRuns.count

    try await site.serve { client in
      let wrong = try await client.send(
        .post,
        "/api/sessions",
        ["login": "ada", "password": "wrong horse"]
      )
      #expect(site.passwordRuns.count == before + 1)
      let unknown = try await client.send(
        .post,
        "/api/sessions",
        ["login": "grace", "password": "wrong horse"]
      )
      #expect(site.passwordRuns.count == before + 2)

      #expect(wrong.status == .unauthorized)
      #expect(wrong.json("type") == "/problems/credentials")
      #expect(unknown.status == wrong.status)
      #expect(unknown.withoutRequestID == wrong.withoutRequestID)
    }
  }

  @Test func `refuses a member who is not active, after one run`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await Member.update { $0.isActive = false }.where { $0.id == ada.id }.run(in: site.db)
    let before = site.passwordRuns.count

    try await site.serve { client in
      let answer = try await client.send(
        .post,
        "/api/sessions",
        ["login": "ada", "password": Cast.ada.password]
      )

      #expect(answer.json("type") == "/problems/credentials")
    }
    #expect(site.passwordRuns.count == before + 1)
  }

  @Test func `makes a hash of another cost anew`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let costly = PasswordHasher(
      cost: PasswordCost(kibibytes: 128, iterations: 2),
      pool: .init(name: "costly", threads: 1)
    )
    let hash = try await costly.hash(Cast.ada.password)
    try await Member.update { $0.passwordHash = hash }.where { $0.id == ada.id }.run(in: site.db)

    try await site.serve { client in
      _ = try await client.signIn(Cast.ada)
    }

    let stored = try await Member.find(ada.id, in: site.db).passwordHash
    #expect(stored?.hasPrefix("$argon2id$v=19$m=64,t=1,p=1$") == true)
  }

  @Test func `is limited for each login, and tells when to come back`() async throws {
    var rates = CredentialRates()
    rates.signInByLoginAndAddress = RateLimit(2, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let wrong = ["login": "ada", "password": "wrong horse"]
      _ = try await client.send(.post, "/api/sessions", wrong)
      _ = try await client.send(.post, "/api/sessions", wrong)
      let runs = site.passwordRuns.count
      let answer = try await client.send(.post, "/api/sessions", wrong)

      #expect(answer.status == .tooManyRequests)
      #expect(answer.headers[.retryAfter] == "30")
      #expect(answer.headers[.init("RateLimit-Limit")!] == "2")
      #expect(answer.headers[.init("RateLimit-Remaining")!] == "0")
      #expect(answer.headers[.init("RateLimit-Reset")!] == "60")
      #expect(site.passwordRuns.count == runs)

      _ = try await client.signIn(Cast.grace)
      site.clock.advance(by: .seconds(30))
      _ = try await client.signIn(Cast.ada)
    }
  }

  // The member; begin and the lock; where the member stands; session, token, note, log entry and commit: in
  // four round trips.
  @Test func `costs nine statements where the member was before`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    try await site.serve { client in
      _ = try await client.signIn(Cast.ada)
      try await expectStatements(atMost: 9, atLeast: 9) { _ = try await client.signIn(Cast.ada) }
    }
  }

  // Every index of the row would be written: seen a third of the time of a sign-in in the database.
  @Test func `notes the time in no index`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    let (_, statements) = try await StatementLog.recording {
      try await site.accounts.enter(as: Entrant(ada), from: .tests)
    }
    let indexed = try await site.db.read(
      """
      select count(*)::int from pg_indexes
      where tablename = 'members' and indexdef like '%last_signed_in_at%'
      """
    )[0].decode(Int.self, at: 0)

    let note = statements.first { $0.text.hasPrefix("update members") }
    #expect(note?.text == "update members set last_signed_in_at = $1 where id = $2")
    #expect(indexed == 0)
  }

  // Fails when a departed member's row takes the note: seen a session of nobody.
  @Test func `whoever leaves meanwhile is not signed in`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.removeMember(username: "ada")

    await #expect(throws: SessionError.wrongCredentials) {
      _ = try await site.accounts.enter(as: Entrant(ada), from: .tests)
    }

    #expect(try await Session.query.count(in: site.db) == 0)
    #expect(try await site.log().last?.act == "member.departed")
  }

  @Test func `a request with an access token costs no statement`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).access.text

    let principal = try await expectStatements(atMost: 0, atLeast: 0) {
      try await site.accounts.authenticator.bearer(token)
    }

    #expect(principal != nil)
  }

  @Test func `signing out ends the session at once`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let tokens = try await client.signIn(Cast.ada)
      let other = try await client.signIn(Cast.ada)

      let answer = try await client.send(.delete, "/api/sessions/current", token: tokens.access)

      #expect(answer.status == .noContent)
      let me = try await client.send(.get, "/api/members/me", token: tokens.access)
      #expect(me.status == .unauthorized)
      let refresh = try await client.send(
        .post,
        "/api/sessions/refresh",
        ["refresh_token": tokens.refresh]
      )
      #expect(refresh.status == .unauthorized)
      let elsewhere = try await client.send(.get, "/api/members/me", token: other.access)
      #expect(elsewhere.status == .ok)
    }
  }

  @Test func `a session that ended before a restart stays ended`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).access.text
    let principal = try #require(try await site.accounts.authenticator.bearer(token))
    try await site.accounts.signOut(
      principal.sessionID,
      of: principal.memberID,
      from: SessionOrigin(userAgent: "tests", address: nil)
    )

    let restarted = try await site.another()

    #expect(try await restarted.accounts.authenticator.bearer(token) == nil)
  }

  @Test func `another node learns that a session ended`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let other = try await site.another()
    let token = try await site.tokens(Cast.ada).access.text
    let principal = try #require(try await other.accounts.authenticator.bearer(token))
    try await site.accounts.signOut(
      principal.sessionID,
      of: principal.memberID,
      from: SessionOrigin(userAgent: "tests", address: nil)
    )

    try await other.accounts.learnEndedSessions()

    #expect(try await other.accounts.authenticator.bearer(token) == nil)
  }
}

extension TestResponse {
  fileprivate var withoutRequestID: String {
    text.replacing(/"request_id":"[^"]*"/, with: "")
  }
}
