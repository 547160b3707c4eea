import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("API tokens")
struct APITokenTests {
  private static let path = "/api/api-tokens"
  private static let me = "/api/members/me"

  @Test(arguments: Mode.allCases)
  func `a token is shown once, and speaks for its member`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let session = try await client.signIn(Cast.ada).access
      let json = #"{"name": " backup ", "scopes": ["account:read"], "lifetime_days": 7}"#
      let made = try await client.send(.post, Self.path, json: json, token: session)

      #expect(made.status == .created)
      #expect(made.headers[.cacheControl] == "no-store")
      let token = try #require(made.json("token"))
      #expect(token.wholeMatch(of: /artel_pat_[A-Za-z0-9_-]{43}/) != nil)
      let account = try await client.send(.get, Self.me, token: token)
      #expect(account.json("username") == "ada")
      let list = try await client.send(.get, Self.path, token: session)
      #expect(list.items.map { $0["name"] } == [.string("backup")])
      #expect(!list.text.contains("artel_pat_"))
    }
    let row = try #require(try await APIToken.query.first(in: site.db))
    #expect(row.expiresAt == site.clock.now + 7 * 86_400)
  }

  @Test(arguments: [
    #"{"name": "x", "scopes": []}"#, #"{"name": "x", "scopes": ["account:rule"]}"#,
    #"{"name": "", "scopes": ["account:read"]}"#,
    #"{"name": "x", "scopes": ["account:read"], "lifetime_days": 0}"#,
    #"{"name": "x", "scopes": ["account:read"], "lifetime_days": 367}"#,
  ])
  func `is not made for scopes, names and times that there are not`(json: String) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let session = try await client.signIn(Cast.ada).access
      let answer = try await client.send(.post, Self.path, json: json, token: session)
      #expect(answer.status == .unprocessableContent)
    }
    #expect(try await APIToken.query.count(in: site.db) == 0)
  }

  // Fails without `admit` in Access.member: notices are marked and answered with 404 instead of 403.
  @Test func `does only what its scopes name`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let token = try await site.apiToken(of: ada).secret.text

    try await site.serve { client in
      #expect(try await client.send(.get, "/api/notices", token: token).status == .ok)
      let answer = try await client.send(
        .post,
        "/api/notices/read",
        ["through": "\(NoticeID.generate())"],
        token: token
      )
      #expect(answer.status == .forbidden)
      #expect(answer.json("type") == "/problems/missing-scope")
      #expect(
        answer.headers[.wwwAuthenticate]
          == #"Bearer error="insufficient_scope", scope="account:write""#
      )
    }
  }

  // Fails without the rule that operations without a scope are closed to tokens: a token makes
  // itself another one with more scopes.
  @Test func `can neither make tokens, nor end sessions, nor delete the account`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let token = try await site.apiToken(of: ada, ["account:read", "account:write"]).secret.text
    let json =
      #"{"name": "more", "scopes": ["account:write"], "password": "\#(Cast.ada.password)"}"#

    try await site.serve { client in
      for operation in Accounts.operations where operation.isForSessions {
        let path = operation.path.replacing("{id}", with: "\(APITokenID.generate())")
        let answer = try await client.send(operation.method, path, json: json, token: token)
        #expect(answer.json("type") == "/problems/missing-scope", "\(operation.id)")
      }
    }
    #expect(try await APIToken.query.count(in: site.db) == 1)
    #expect(try await Member.find(ada.id, in: site.db).departedAt == nil)
  }

  @Test func `every operation names a scope, or is one that tokens never call`() {
    let closed = Accounts.operations.filter(\.isForSessions).map(\.id)

    #expect(
      Set(closed) == [
        "deleteCurrentMember", "deleteCurrentSession", "deleteSession", "deleteOtherSessions",
        "listAPITokens", "createAPIToken", "deleteAPIToken", "changePassword", "changeEmail",
        "sendEmailVerification", "createOwnPhoneCode", "changePhone", "deletePhone",
        "cancelDeparture", "listExports",
        "createExport", "getExport", "getProof", "proveSession", "createProofCode",
        "getSecondFactor",
        "beginSecondFactor", "cancelSecondFactor", "confirmSecondFactor", "endSecondFactor",
        "renewRecoveryCodes", "listPasskeys", "createPasskeyChallenge", "createPasskey",
        "deletePasskey",
      ]
    )
  }

  // Fails without `admit(nil)` in MeteredResponder: pages do not ask for scopes, and with a bearer
  // token not for the token against forgery either, so the page makes a token.
  @Test func `opens no page, not even by a form`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    let token = try await site.apiToken(of: ada, ["account:read", "account:write"]).secret.text

    try await site.serve { client in
      #expect(try await client.send(.get, "/settings/tokens", token: token).status == .forbidden)
      let answer = try await client.send(
        .post,
        "/settings/tokens",
        json: #"{"name": "more", "scopes": ["account:write"]}"#,
        token: token
      )
      #expect(answer.status == .forbidden)
    }
    #expect(try await APIToken.query.count(in: site.db) == 1)
  }

  @Test func `of an administrator does not administer`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.promote(username: "ada")
    let token = try await site.apiToken(of: ada).secret.text

    let principal = try await site.accounts.authenticator.bearer(token)

    #expect(principal?.isAdministrator == false)
  }

  @Test func `is refused at once when it is ended, and elsewhere after a look`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let elsewhere = try await site.another()
    let issued = try await site.apiToken(of: ada)
    let token = issued.secret.text
    #expect(try await elsewhere.accounts.authenticator.bearer(token) != nil)

    try await site.serve { client in
      let session = try await client.signIn(Cast.ada).access
      #expect(try await client.send(.get, Self.me, token: token).status == .ok)
      let path = "\(Self.path)/\(issued.token.id)"
      #expect(try await client.send(.delete, path, token: session).status == .noContent)
      #expect(try await client.send(.get, Self.me, token: token).status == .unauthorized)
      #expect(try await client.send(.delete, path, token: session).status == .notFound)
    }
    // Fails without api_tokens in learnEndedSessions: what is remembered lives for five seconds.
    try await elsewhere.accounts.learnEndedSessions()
    #expect(try await elsewhere.accounts.authenticator.bearer(token) == nil)
  }

  // Fails without the member in the condition: Grace's token ends with 204.
  @Test func `of another member looks like one that there never was`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let issued = try await site.apiToken(of: grace)

    try await site.serve { client in
      let session = try await client.signIn(Cast.ada).access
      let foreign = try await client.send(
        .delete,
        "\(Self.path)/\(issued.token.id)",
        token: session
      )
      let absent = try await client.send(
        .delete,
        "\(Self.path)/\(APITokenID.generate())",
        token: session
      )
      #expect(foreign.status == .notFound && absent.status == .notFound)
      #expect(foreign.json("detail") == absent.json("detail"))
    }
    #expect(try await site.accounts.authenticator.bearer(issued.secret.text) != nil)
  }

  @Test func `ends by itself, when its member leaves, and when the member may not sign in`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let linus = try await site.member(Cast.linus)
    let bearer = site.accounts.authenticator.bearer
    let tokens = [
      try await site.apiToken(of: ada, days: 1).secret.text,
      try await site.apiToken(of: grace).secret.text,
      try await site.apiToken(of: linus).secret.text,
    ]
    for token in tokens { #expect(try await bearer(token) != nil) }

    try await site.accounts.removeMember(username: "grace")
    #expect(try await bearer(tokens[1]) == nil)
    try await Member.update { $0.isActive = false }.where { $0.id == linus.id }.run(in: site.db)
    site.clock.advance(by: .seconds(86_400))

    for token in tokens { #expect(try await bearer(token) == nil) }
    let left = try #require(
      try await APIToken.where { $0.memberID == grace.id }.first(in: site.db)
    )
    #expect(left.name == "departed" && left.lastAddress == nil)
  }

  @Test func `a made-up token makes nobody`() async throws {
    let site = try await TestAccounts.make()
    let bearer = site.accounts.authenticator.bearer

    #expect(try await bearer("artel_pat_") == nil)
    #expect(try await bearer(OpaqueToken.generate(.api).text) == nil)
    #expect(try await bearer(OpaqueToken.generate(.refresh).text) == nil)
  }

  @Test func `costs one statement every five seconds`() async throws {
    let site = try await TestAccounts.make()
    let token = try await site.apiToken(of: try await site.member(Cast.ada)).secret.text
    let bearer = site.accounts.authenticator.bearer

    try await expectStatements(atMost: 1) { _ = try await bearer(token) }
    try await expectStatements(atMost: 0, atLeast: 0) { _ = try await bearer(token) }
    site.clock.advance(by: .seconds(5))
    try await expectStatements(atMost: 1) { _ = try await bearer(token) }
  }

  @Test func `the last use of many is written by one statement`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let tokens = [
      try await site.apiToken(of: ada), try await site.apiToken(of: ada),
      try await site.apiToken(of: ada),
    ]
    site.clock.advance(by: .seconds(10))

    try await site.serve(.live) { client in
      for token in tokens.dropLast() + tokens.dropLast() {
        _ = try await client.send(.get, Self.me, token: token.secret.text)
      }
    }
    #expect(try await APIToken.where { $0.lastUsedAt != nil }.count(in: site.db) == 0)
    try await expectStatements(atMost: 1) { try await site.accounts.tokenUses.write(to: site.db) }
    try await expectStatements(atMost: 0, atLeast: 0) {
      try await site.accounts.tokenUses.write(to: site.db)
    }

    let rows = try await APIToken.order { $0.id.ascending }.all(in: site.db)
    #expect(rows.map(\.lastUsedAt) == [site.clock.now, site.clock.now, nil])
    #expect(rows[0].lastAddress == "127.0.0.1" || rows[0].lastAddress == "::1")
  }

  // Fails without the lock on the member: several of those made at once pass the limit.
  @Test func `a member has fifty at most, also when they are made at once`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    for _ in 0..<APIToken.limit - 2 { _ = try await site.apiToken(of: ada) }

    let made = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<6 {
        group.addTask { (try? await site.apiToken(of: ada)) != nil }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }

    #expect(made == 2)
    #expect(try await APIToken.query.count(in: site.db) == APIToken.limit)
  }

  @Test func `what has ended is forgotten later`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let ended = try await site.apiToken(of: ada, days: 366)
    _ = try await site.apiToken(of: ada, days: 1)
    try await site.accounts.revokeAPIToken(ended.token.id, of: ada.id, from: .tests)

    site.clock.advance(by: .seconds(2 * 86_400))
    try await site.accounts.forgetKeys()
    #expect(try await APIToken.query.count(in: site.db) == 1)
    site.clock.advance(by: .seconds(30 * 86_400))
    try await site.accounts.forgetKeys()
    #expect(try await APIToken.query.count(in: site.db) == 0)
  }

  @Test func `making and ending is in the system log, without the secret`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let issued = try await site.apiToken(of: ada)
    try await site.accounts.revokeAPIToken(issued.token.id, of: ada.id, from: .tests)

    let acts = try await site.acts(about: ada.id)
    #expect(acts.contains("api_token.created") && acts.contains("api_token.revoked"))
    let log = try await site.db.read(
      "select string_agg(details::text, ' ') from system_log_entries"
    )
    #expect(try log[0].decode(String.self, at: 0).contains(issued.secret.text) == false)
  }

  @Test func `the page makes one and ends it without JavaScript`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    let path = "/settings/tokens"

    try await site.serve { client in
      let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
      let refused = try await browser.submit(["name": "<backup>"], from: path)
      #expect(refused.status == .unprocessableContent)
      #expect(refused.text.contains("&lt;backup&gt;"))

      let made = try await browser.submit(
        ["name": "<backup>", "scopes": "account:read", "lifetime_days": "30"],
        from: path
      )
      #expect(made.status == .created)
      #expect(made.headers[.cacheControl] == "no-store")
      let token = try #require(made.text.firstMatch(of: /artel_pat_[A-Za-z0-9_-]{43}/)?.0)
      #expect(try await site.accounts.authenticator.bearer(String(token)) != nil)
      let setup = try #require(made.text.firstMatch(of: /href="data:[^,]+,([^"]+)"/)?.1)
      let file = try #require(Data(base64Encoded: String(setup).replacing("&#x3D;", with: "=")))
      #expect(String(decoding: file, as: UTF8.self).hasSuffix("/ \(token)"))
      #expect(made.text.contains("Camera") && !made.text.contains("Printer"))
      let page = try await browser.get(path).text
      #expect(page.contains("&lt;backup&gt;") && !page.contains("artel_pat_"))
      #expect(page.contains("Read your account and notices"))

      let id = try #require(page.firstMatch(of: /name="token" value="([^"]+)"/)?.1)
      let ended = try await browser.submit(["token": String(id)], from: path, to: "\(path)/end")
      #expect(ended.headers[.location] == path)
      #expect(try await site.accounts.authenticator.bearer(String(token)) == nil)
    }
  }
}
