import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts

@Suite("Proving again who one is")
struct ProofTests {
  private static let day = Duration.seconds(86_400)
  private static let proof = "/sign-in/again"
  private static let programs = "/api/sessions/current/proof"
  private static let keyPages = ["/settings/passkeys", "/settings/two-factor", "/settings/tokens"]

  // Fails without `requireFreshProof` in each `show`: the page opens.
  @Test(arguments: keyPages)
  func `opens what keys are changed by, and leads back there`(page: String) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      #expect(try await browser.get(page).status == .ok)
      site.clock.advance(by: Self.day)

      let led = try await browser.get(page)
      #expect(led.status == .seeOther)
      let address = try #require(led.headers[.location])
      #expect(address.hasPrefix("\(Self.proof)?return_to="))
      let form = try await browser.get(address)
      #expect(form.text.contains(#"name="next" value="\#(page)""#))

      let fields = ["password": Cast.ada.password, "next": page]
      let proved = try await browser.submit(fields, from: address, to: Self.proof)
      #expect(proved.status == .seeOther && proved.headers[.location] == page)
      #expect(try await browser.get(page).status == .ok)
      // What is open to everybody who is signed in stays so.
      site.clock.advance(by: Self.day)
      #expect(try await browser.get("/settings/profile").status == .ok)
    }
    #expect(try await site.acts().contains("session.proved"))
  }

  // Fails without `requireFreshProof` in one of them: it is done, or the form is shown again.
  @Test(arguments: [
    "/settings/passkeys", "/settings/passkeys/remove", "/settings/two-factor/begin",
    "/settings/two-factor/codes", "/settings/tokens", "/settings/data/exports",
    "/settings/data/departure",
  ])
  func `is asked for before acts of consequence`(action: String) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      site.clock.advance(by: Self.day)

      let led = try await browser.submit([:], from: "/settings/profile", to: action)

      #expect(led.status == .seeOther)
      #expect(led.headers[.location]?.hasPrefix(Self.proof) == true)
    }
  }

  // Fails without `requireProofWithoutPassword`: 204, and the thief of an old session has a password.
  @Test func `is asked of who has no password, before there is one or another number`() async throws
  {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let (id, code) = try await site.code(for: "+79991234567", client, ["display_name": "Ada"])
      let entered = try await client.send(.post, "/api/phone-codes/\(id)/sessions", ["code": code])
      let refresh = try #require(entered.json("refresh_token"))
      site.clock.advance(by: Self.day)
      let renewed = try await client.send(
        .post,
        "/api/sessions/refresh",
        ["refresh_token": refresh]
      )
      let token = try #require(renewed.json("access_token"))
      let acts: [(HTTPRequest.Method, String, [String: String])] = [
        (.put, "password", ["password": "tusk vane ochre nine"]),
        (.put, "email", ["email": "thief@example.org"]),
        (.post, "phone-codes", ["phone": "+79997654321"]),
      ]
      for (method, path, fields) in acts {
        let answer = try await client.send(method, "/api/members/me/\(path)", fields, token: token)
        #expect(answer.status == .forbidden, "\(path)")
        #expect(answer.json("type") == "/problems/fresh-sign-in-needed", "\(path)")
      }
    }
  }

  // Fails without `requireProofForFactors`: whoever has the password adds a factor of their own.
  @Test func `is asked of administrators by the factor that they have, before they change it`()
    async throws
  {
    let site = try await TestAccounts.make()
    let margaret = try await site.member(Cast.margaret)
    _ = try await site.twoFactor(margaret)
    var principal = Principal(
      memberID: margaret.id,
      sessionID: .generate(),
      isAdministrator: true,
      source: .cookie
    )

    principal.proof = Principal.Proof(provedAt: site.clock.now)
    await #expect(throws: Problem.self) {
      try await site.accounts.requireProofForFactors(of: principal)
    }
    principal.proof = Principal.Proof(provedAt: site.clock.now, secondFactorAt: site.clock.now)
    try await site.accounts.requireProofForFactors(of: principal)
  }

  // Fails with `requireFreshProof` in any of them: an administrator's password is enough to change what is
  // asked for beside it.
  @Test(arguments: [
    (HTTPRequest.Method.post, "/api/members/me/second-factor/setup"),
    (.put, "/api/members/me/second-factor"), (.delete, "/api/members/me/second-factor"),
    (.post, "/api/members/me/recovery-codes"), (.post, "/api/passkeys/challenges"),
    (.post, "/api/passkeys"),
    (.delete, "/api/passkeys/01900000-0000-7000-8000-000000000000"),
  ])
  func `programs of administrators show their second factor before they change one`(
    method: HTTPRequest.Method,
    path: String
  ) async throws {
    let site = try await TestAccounts.make()
    var administrator = try await site.member(Cast.margaret)
    administrator.isAdministrator = true
    _ = try await site.twoFactor(administrator)
    let token = try await site.token(of: administrator)

    try await site.serve { client async throws in
      let body = """
        {"password": "\(Cast.margaret.password)", "code": "000000", "challenge_token": "1.2.3",
        "name": "Phone", "authenticator_data": "AA", "client_data": "AA", "algorithm": -7}
        """
      let answer = try await client.send(method, path, json: body, token: token)
      #expect(answer.json("type") == "/problems/second-factor-needed")
    }
  }

  // Fails without `forgetBrowser` in ProofRoutes: what this node remembers of the browser is older.
  @Test func `a browser proves it by the API, too, and goes on at once`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      site.clock.advance(by: Self.day)
      #expect(try await browser.get("/settings/tokens").status == .seeOther)

      let fetchSite = try #require(HTTPField.Name("Sec-Fetch-Site"))
      let cookie = "artel_session=\(try #require(browser.cookie("artel_session")))"
      let proved = try await client.execute(
        uri: Self.programs,
        method: .put,
        headers: [.cookie: cookie, .contentType: "application/json", fetchSite: "same-origin"],
        body: ByteBuffer(string: #"{"password": "\#(Cast.ada.password)"}"#)
      )

      #expect(proved.status == .ok)
      #expect(try await browser.get("/settings/tokens").status == .ok)
    }
  }

  // Fails without `verify` in `prove`: any password does.
  @Test func `takes the right password only, and records wrong ones`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      site.clock.advance(by: Self.day)
      for password in ["wrong horse", Cast.grace.password] {
        let fields = ["password": password, "next": "/settings/tokens"]
        let answer = try await browser.submit(fields, from: Self.proof)
        #expect(answer.status == .forbidden)
        #expect(!answer.text.contains(password))
      }
      #expect(try await browser.get("/settings/tokens").status == .seeOther)
    }
    #expect(try await site.acts().filter { $0 == "proof.refused" }.count == 2)
  }

  // Fails without `needed`: what was not filled in is a guess, and recorded as one.
  @Test func `says what is missing, which is no guess`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let answer = try await browser.submit(["password": ""], from: Self.proof)
      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(#"id="password-error""#))
    }
    #expect(try await !site.acts().contains("proof.refused"))
  }

  // Fails without `allowSignIn` in `prove`: the eleventh is tried, too.
  @Test func `cannot be tried for ever`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      for _ in 0..<10 {
        _ = try await browser.submit(["password": "wrong horse"], from: Self.proof)
      }
      let runs = site.passwordRuns.count
      let answer = try await browser.submit(["password": Cast.ada.password], from: Self.proof)
      #expect(answer.status == .tooManyRequests)
      #expect(site.passwordRuns.count == runs)
    }
    #expect(try await !site.acts().contains("session.proved"))
  }

  // Fails without NextPage in ProofWish: the browser goes to the other site.
  @Test(arguments: ["https://evil.example/", "//evil.example", #"/\evil.example"#, "javascript:1"])
  func `never leads to another site`(next: String) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let fields = ["password": Cast.ada.password, "next": next]
      let answer = try await browser.submit(fields, from: Self.proof)
      #expect(answer.status == .seeOther && answer.headers[.location] == "/")
    }
  }

  // Fails with `.password` first in ProofWays.way: who knows the password needs no authenticator.
  @Test func `asks for a code where there is an authenticator`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let app = try await site.twoFactor(ada)
      site.clock.advance(by: Self.day)

      let byPassword = try await browser.submit(["password": Cast.ada.password], from: Self.proof)
      #expect(byPassword.status == .unprocessableContent)
      let wrong = try await browser.submit(["code": app.wrongCode], from: Self.proof)
      #expect(wrong.status == .unauthorized)
      let right = try await browser.submit(["code": app.code], from: Self.proof)
      #expect(right.status == .seeOther)
      // Fails without `lastStep < step` in the update.
      let again = try await browser.submit(["code": app.code], from: Self.proof)
      #expect(again.status == .unauthorized)
    }
    let session = try #require(try await Session.query.first(in: site.db))
    #expect(session.secondFactorAt == site.clock.now && session.provedAt == site.clock.now)
  }

  // Fails without `code.phone == member.phone` and `of: member.id`: somebody else's code does.
  @Test func `sends a code to who has a number alone`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client async throws in
      let sent = try await site.code(for: "+79161234567", client, ["display_name": "Ada Sky"])
      let browser = TestBrowser(client)
      let tokens = try await client.send(
        .post,
        "/api/phone-codes/\(sent.id)/sessions",
        ["code": sent.code]
      )
      #expect(tokens.status == .created)
      let member = try #require(try await Member.query.first(in: site.db))
      let token = try await site.accounts.openPageSession(of: member, from: .tests)
      browser.setCookie("artel_session", token.text)
      site.clock.advance(by: Self.day)

      let stranger = try await site.code(for: "+79167654321", client)
      let fields = ["code": stranger.code, "code_id": stranger.id]
      #expect(try await browser.submit(fields, from: Self.proof).status == .unauthorized)

      let asked = try await browser.submit([:], from: Self.proof, to: "\(Self.proof)/code")
      #expect(asked.status == .seeOther)
      let address = try #require(asked.headers[.location])
      let id = try #require(address.firstMatch(of: /code_id=([0-9a-f-]+)/)?.1)
      try await site.deliver()
      let own = ["code": try #require(site.sent.texts.last?.code), "code_id": String(id)]
      let proved = try await browser.submit(own, from: address, to: Self.proof)
      #expect(proved.status == .seeOther)
      #expect(try await browser.submit(own, from: Self.proof).status == .unauthorized)
    }
  }

  // Fails without `requireFreshProof` in APITokenRoutes.create.
  @Test func `programs sign in again before they make tokens`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.staleToken(Cast.ada, client)
      let body = #"{"name":"x","scopes":["account:read"],"lifetime_days":7}"#
      let stale = try await client.send(.post, "/api/api-tokens", json: body, token: token)
      #expect(stale.status == .forbidden)
      #expect(stale.json("type") == "/problems/fresh-sign-in-needed")

      let fresh = try await client.signIn(Cast.ada)
      let made = try await client.send(.post, "/api/api-tokens", json: body, token: fresh.access)
      #expect(made.status == .created)
    }
  }

  // Fails without `noteProof`: the token is refused as before.
  @Test func `programs prove it by the password, and go on with the session they have`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.staleToken(Cast.ada, client)
      let asked = try await client.send(.get, Self.programs, token: token)
      #expect(asked.json("way") == "password" && asked.json("has_second_factor") == "false")
      let wrong = try await client.send(
        .put,
        Self.programs,
        ["password": "wrong horse"],
        token: token
      )
      #expect(wrong.status == .forbidden)

      let right = ["password": Cast.ada.password]
      let proved = try await client.send(.put, Self.programs, right, token: token)

      #expect(proved.status == .ok && proved.json("second_factor_at") == nil)
      let path = "/api/members/me/second-factor/setup"
      #expect(try await client.send(.post, path, token: token).status == .created)
    }
    #expect(try await Session.query.first(in: site.db)?.provedAt == site.clock.now)
  }

  @Test func `programs prove it by the authenticator where there is one`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.staleToken(Cast.ada, client)
      let app = try await site.twoFactor(ada)
      #expect(try await client.send(.get, Self.programs, token: token).json("way") == "code")

      let password = ["password": Cast.ada.password]
      let refused = try await client.send(.put, Self.programs, password, token: token)
      #expect(refused.status == .unprocessableContent)
      let proved = try await client.send(.put, Self.programs, ["code": app.code], token: token)
      #expect(proved.status == .ok && proved.json("second_factor_at") != nil)
    }
  }

  @Test func `programs of who has a number alone prove it by a code that is sent there`()
    async throws
  {
    let site = try await TestAccounts.make()

    try await site.serve { client async throws in
      let sent = try await site.code(for: "+79161234567", client, ["display_name": "Ada Sky"])
      let entrance = "/api/phone-codes/\(sent.id)/sessions"
      let entered = try await client.send(.post, entrance, ["code": sent.code])
      let token = try #require(entered.json("access_token"))

      let asked = try await client.send(.post, "\(Self.programs)/codes", token: token)
      try await site.deliver()
      let fields = [
        "code_id": try #require(asked.json("id")),
        "code": try #require(site.sent.texts.last?.code),
      ]
      let proved = try await client.send(.put, Self.programs, fields, token: token)

      #expect(asked.status == .created && proved.status == .ok && proved.json("way") == "phone")
    }
  }

  @Test func `guests are led to sign in`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client async throws in
      let answer = try await TestBrowser(client).get(Self.proof)
      #expect(answer.headers[.location]?.hasPrefix("/sign-in?") == true)
    }
  }
}
