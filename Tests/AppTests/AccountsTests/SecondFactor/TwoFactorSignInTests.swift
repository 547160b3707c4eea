import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Signing in in two steps")
struct TwoFactorSignInTests {
  private static let second = "/api/sessions/second-factor"

  private func challenge(_ client: any TestClientProtocol) async throws -> String {
    let answer = try await client.send(
      .post,
      "/api/sessions",
      ["login": "ada", "password": Cast.ada.password]
    )
    #expect(answer.status == .accepted)
    #expect(answer.jsonNames == ["challenge", "step", "expires_in"])
    return try #require(answer.json("challenge"))
  }

  // Fails without the challenge in SessionRoutes.create: the password alone brings tokens.
  @Test(arguments: Mode.allCases)
  func `the API wants the code after the password`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve(mode) { client in
      let challenge = try await challenge(client)
      let fields = ["challenge": challenge, "code": app.code]
      let answer = try await client.send(.post, Self.second, fields)

      #expect(answer.status == .created)
      let me = try await client.send(
        .get,
        "/api/members/me",
        token: answer.json("access_token")
      )
      #expect(me.json("username") == "ada")
      // Fails without the deletion of the challenge: it works twice.
      site.clock.advance(by: .seconds(60))
      let again = try await client.send(
        .post,
        Self.second,
        ["challenge": challenge, "code": app.code]
      )
      #expect(again.json("type") == "/problems/challenge-closed")
    }
  }

  @Test func `a wrong password is answered as without a second factor`() async throws {
    let site = try await TestAccounts.make()
    _ = try await site.twoFactor(try await site.member(Cast.ada))
    try await site.member(Cast.grace)

    try await site.serve { client in
      for login in ["ada", "grace", "nobody"] {
        let before = site.passwordRuns.count
        let answer = try await client.send(
          .post,
          "/api/sessions",
          ["login": login, "password": "wrong horse"]
        )
        #expect(answer.json("type") == "/problems/credentials")
        #expect(site.passwordRuns.count == before + 1)
      }
    }
    #expect(try await SignInChallenge.query.count(in: site.db) == 0)
  }

  // Fails without `lastStep < step` in the update: both get tokens.
  @Test func `a code works once, also when two show it at once`() async throws {
    let site = try await TestAccounts.make()
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let challenges = [try await challenge(client), try await challenge(client)]
      let code = app.code
      let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
        for challenge in challenges {
          group.addTask {
            let fields = ["challenge": challenge, "code": code]
            return try await client.send(.post, Self.second, fields).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }

      #expect(Set(statuses) == [.created, .unauthorized])
    }
  }

  @Test func `an older code does not work behind a younger one`() async throws {
    let site = try await TestAccounts.make()
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let old = app.code
      site.clock.advance(by: .seconds(30))
      let first = ["challenge": try await challenge(client), "code": app.code]
      #expect(try await client.send(.post, Self.second, first).status == .created)
      let second = ["challenge": try await challenge(client), "code": old]
      let answer = try await client.send(.post, Self.second, second)
      #expect(answer.json("type") == "/problems/wrong-code")
    }
  }

  // Fails without `attempts < 5`: PostgreSQL refuses the sixth by the check, and it answers 500;
  // without that too, the right code comes through after any number of guesses.
  @Test func `five codes may be tried, however many guess at once`() async throws {
    let site = try await TestAccounts.make()
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let challenge = try await challenge(client)
      let wrong = ["challenge": challenge, "code": app.wrongCode]
      let types = try await withThrowingTaskGroup(of: String?.self) { group in
        for _ in 0..<12 {
          group.addTask { try await client.send(.post, Self.second, wrong).json("type") }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }

      #expect(types.count { $0 == "/problems/wrong-code" } == 5)
      #expect(types.count { $0 == "/problems/challenge-closed" } == 7)
      let right = ["challenge": challenge, "code": app.code]
      let answer = try await client.send(.post, Self.second, right)
      #expect(answer.json("type") == "/problems/challenge-closed")
    }
    #expect(try await Session.query.count(in: site.db) == 0)
  }

  // Fails without allowSecondFactor in `answer`: each challenge brings five more guesses.
  @Test func `guesses of a member are limited over all challenges`() async throws {
    var rates = CredentialRates()
    rates.secondFactor = RateLimit(4, per: .seconds(3600))
    let site = try await TestAccounts.make(rates: rates)
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      var statuses: [HTTPResponse.Status] = []
      for _ in 0..<6 {
        let fields = ["challenge": try await challenge(client), "code": app.wrongCode]
        statuses.append(try await client.send(.post, Self.second, fields).status)
      }
      #expect(statuses.first == .unauthorized)
      #expect(statuses.last == .tooManyRequests)
    }
  }

  // Fails without `usedAt == nil` in the update: both get tokens.
  @Test func `a recovery code works once, also when two show it at once`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)
    let code = try #require(app.recoveryCodes.value?.first)

    try await site.serve { client in
      let challenges = [try await challenge(client), try await challenge(client)]
      let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
        for challenge in challenges {
          group.addTask {
            let fields = ["challenge": challenge, "code": code.uppercased()]
            return try await client.send(.post, Self.second, fields).status
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }

      #expect(Set(statuses) == [.created, .unauthorized])
    }
    #expect(try await RecoveryCode.left(to: ada.id, in: site.db) == 9)
    #expect(try await site.acts(about: ada.id).contains("recovery_code.used"))
  }

  @Test func `a member is told when few recovery codes are left`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)
    let codes = try #require(app.recoveryCodes.value)
    let low = { try await site.notices(of: ada).count { $0.kind == "recovery_codes.low" } }

    for (number, code) in codes.enumerated() {
      let token = try #require(try await site.accounts.challenge(ada))
      _ = try await site.accounts.answer(token, code: code, from: .tests) { member, _ in member.id }
      #expect(try await low() == max(0, number - 5))
    }
  }

  /// Shows a code, and has something else of the member wait for it that it will wait for itself.
  private func show(
    _ code: String,
    of member: Member,
    on site: TestAccounts,
    while act: @escaping @Sendable () async throws -> Void
  ) async throws {
    let token = try #require(try await site.accounts.challenge(member))
    let (begun, begin) = AsyncStream.makeStream(of: Void.self)
    async let acting: Void = {
      for await _ in begun { break }
      try await act()
    }()
    do {
      _ = try await site.accounts.answer(token, code: code, from: .tests) { member, tx in
        begin.yield()
        try await eventually("something waits for the challenge") {
          try await site.db.read(
            """
            select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'
            """
          ).count == 1
        }
        return member.openAPISession(from: .tests, at: site.clock.now, in: tx).session
      }
    } catch SecondFactorError.challengeClosed {
      // The other was first.
    }
    try await acting
  }

  // Fails without trying again: each holds a row that the other wants, so PostgreSQL ends one of them.
  @Test func `a member may leave while showing the code, and no session stays open`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)

    try await show(app.code, of: ada, on: site) {
      try await site.accounts.removeMember(username: "ada")
    }

    #expect(try await Session.where { $0.revokedAt == nil }.count(in: site.db) == 0)
    #expect(try await Member.find(ada.id, in: site.db).departedAt != nil)
  }

  // Fails without `retry: .retryable` in `changePassword`, as above.
  @Test func `another password may be set while the code is shown, and no session stays open`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)

    try await show(app.code, of: ada, on: site) {
      let fields = [("current_password", Cast.ada.password), ("password", "another zebra staple")]
      try await site.accounts.changePassword(
        ada.id,
        try PasswordForm.read(from: FormSource(texts: fields)),
        keeping: .generate(),
        in: .english,
        from: nil
      )
    }

    #expect(try await Session.where { $0.revokedAt == nil }.count(in: site.db) == 0)
    #expect(try await Member.find(ada.id, in: site.db).passwordHash != ada.passwordHash)
  }

  @Test func `a challenge ends after five minutes, and is forgotten`() async throws {
    let site = try await TestAccounts.make()
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let challenge = try await challenge(client)
      site.clock.advance(by: .seconds(301))
      let fields = ["challenge": challenge, "code": app.code]
      let answer = try await client.send(.post, Self.second, fields)
      #expect(answer.json("type") == "/problems/challenge-closed")
    }
    site.clock.advance(by: .seconds(300))
    try await site.accounts.forgetKeys()
    #expect(try await SignInChallenge.query.count(in: site.db) == 0)
  }

  @Test func `a suspended member does not come in with a challenge that is open`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let app = try await site.twoFactor(ada)

    try await site.serve { client in
      let challenge = try await challenge(client)
      try await Member.update { $0.isActive = false }.where { $0.id == ada.id }.run(in: site.db)
      let fields = ["challenge": challenge, "code": app.code]
      #expect(try await client.send(.post, Self.second, fields).status == .unauthorized)
    }
  }

  @Test func `the page asks for the code and leads on`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let app = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let browser = TestBrowser(client)
      let first = try await browser.submit(
        ["login": "ada", "password": Cast.ada.password, "next": "/upload?x=ж&y"],
        from: "/sign-in"
      )
      #expect(first.headers[.location] == "/sign-in/code?return_to=%2F")
      #expect(browser.cookie("artel_session") == nil)

      let wrong = try await browser.submit(["code": app.wrongCode], from: "/sign-in/code")
      #expect(wrong.status == .unauthorized)
      #expect(wrong.text.contains("The code is wrong"))
      #expect(browser.cookie("artel_session") == nil)

      let right = try await browser.submit(
        ["code": " \(app.code) ", "next": "/upload?x=y"],
        from: "/sign-in/code?return_to=%2Fupload%3Fx%3Dy"
      )
      #expect(right.headers[.location] == "/upload?x=y")
      #expect(browser.cookie("artel_session") != nil)
      #expect(browser.cookie("artel_challenge") == nil)
    }
  }

  @Test func `where the member wanted to go survives both steps`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    _ = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let browser = TestBrowser(client)
      let first = try await browser.submit(
        ["login": "ada", "password": Cast.ada.password, "next": "/posts/1?a=b&c=%D0%B6"],
        from: "/sign-in"
      )
      let page = try await browser.get(try #require(first.headers[.location])).text
      #expect(page.contains(#"name="next" value="/posts/1?a=b&amp;c=%D0%B6""#))
    }
  }

  @Test func `without a challenge the page of the code leads to the first step`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    _ = try await site.twoFactor(try await site.member(Cast.ada))

    try await site.serve { client in
      let guest = try await TestBrowser(client).get("/sign-in/code?return_to=%2Fmine")
      #expect(guest.headers[.location] == "/sign-in?return_to=%2Fmine")
      let liar = TestBrowser(client)
      liar.setCookie("artel_challenge", OpaqueToken.generate(.challenge).text)
      #expect(try await liar.get("/sign-in/code").headers[.location] == "/sign-in?return_to=%2F")
    }
  }

  @Test func `a session that somebody planted is not the one that is opened`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let app = try await site.twoFactor(try await site.member(Cast.ada))
    let planted = OpaqueToken.generate(.pageSession).text

    try await site.serve { client in
      let browser = TestBrowser(client)
      browser.setCookie("artel_session", planted)
      _ = try await browser.signedIn(as: Cast.ada)
      let before = try #require(browser.cookie("artel_challenge"))
      _ = try await browser.submit(["code": app.code], from: "/sign-in/code")

      #expect(browser.cookie("artel_session") != planted)
      #expect(try await site.accounts.authenticator.cookie(planted) == nil)
      #expect(try await site.accounts.authenticator.cookie(before) == nil)
      let thief = TestBrowser(client)
      thief.setCookie("artel_challenge", before)
      #expect(try await thief.get("/sign-in/code").status == .seeOther)
    }
  }
}
