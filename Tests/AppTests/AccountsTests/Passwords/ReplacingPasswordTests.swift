import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

/// What is asked of whoever signs in by a password that is known from a breach.
@Suite("Another password in place of a breached one")
struct ReplacingPasswordTests {
  private static let last = "/api/sessions/new-password"
  private static let better = "another zebra staple"

  /// Signs Ada in by her password, and returns the challenge for the step that is next.
  private func challenge(
    _ client: any TestClientProtocol,
    for step: SignInStep = .password
  ) async throws -> String {
    let fields = ["login": Cast.ada.username, "password": Cast.ada.password]
    let answer = try await client.send(.post, "/api/sessions", fields)
    #expect(answer.status == .accepted)
    #expect(answer.jsonNames == ["challenge", "step", "expires_in"])
    #expect(answer.json("step") == step.rawValue)
    return try #require(answer.json("challenge"))
  }

  private func choose(
    _ challenge: String,
    _ client: any TestClientProtocol,
    password: String = Self.better
  ) async throws -> TestResponse {
    try await client.send(.post, Self.last, ["challenge": challenge, "password": password])
  }

  private func signIn(
    _ password: String,
    _ client: any TestClientProtocol
  ) async throws -> HTTPResponse.Status {
    let fields = ["login": Cast.ada.username, "password": password]
    return try await client.send(.post, "/api/sessions", fields).status
  }

  private func show(
    _ code: String,
    for challenge: String,
    _ client: any TestClientProtocol
  ) async throws -> TestResponse {
    let fields = ["challenge": challenge, "code": code]
    return try await client.send(.post, "/api/sessions/second-factor", fields)
  }

  /// Changes the list where it lies, as the server has it open.
  private func overwrite(_ file: URL, by content: Data) throws {
    let handle = try FileHandle(forWritingTo: file)
    defer { try? handle.close() }
    try handle.truncate(atOffset: 0)
    try handle.write(contentsOf: content)
  }

  private func openSessions(of member: Member, on site: TestAccounts) async throws -> [Session] {
    try await Session.open(of: member.id, at: site.clock.now).all(in: site.db)
  }

  // Fails without `needsPassword` in `entrant`: the password opens a session; without
  // `mayTellOfBreach`: three mails.
  @Test func `is asked for before anything is opened, and the member warned once a day`()
    async throws
  {
    try await TestAccounts.withAda { site, ada, _ in
      try await site.serve { client in
        _ = try await challenge(client)
        _ = try await challenge(client)
        site.clock.advance(by: .seconds(86_400))
        _ = try await challenge(client)
      }

      #expect(try await openSessions(of: ada, on: site).isEmpty)
      try await site.deliver()
      #expect(site.sent.mails("password.breached").map(\.to) == [Cast.ada.email, Cast.ada.email])
      #expect(try await site.acts(about: ada.id).count { $0 == "password.breached" } == 2)
      #expect(try await site.notices(of: ada).count { $0.kind == "password.breached" } == 2)
    }
  }

  // Fails without `setPassword` in `answer`: the former password works on, and the other session, too.
  @Test(arguments: Mode.allCases)
  func `lets in, ends all other sessions and is the password from then on`(mode: Mode) async throws
  {
    try await TestAccounts.withAda { site, ada, _ in
      let other = try await site.token(of: ada)
      try await site.serve(mode) { client in
        let answer = try await choose(try await challenge(client), client)

        #expect(answer.status == .created)
        let token: String = try #require(answer.json("access_token"))
        let me = try await client.send(.get, "/api/members/me", token: token)
        #expect(me.json("username") == Cast.ada.username)
        let ended = try await client.send(.get, "/api/members/me", token: other)
        #expect(ended.status == .unauthorized)
        #expect(try await signIn(Cast.ada.password, client) == .unauthorized)
        #expect(try await signIn(Self.better, client) == .created)
      }

      #expect(try await site.acts(about: ada.id).contains("password.changed"))
      try await site.deliver()
      #expect(site.sent.mails("password.changed").map(\.to) == [Cast.ada.email])
    }
  }

  // Fails without the challenge being read again behind the lock: both get tokens.
  @Test func `is chosen once, also when two choose at once`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      try await site.serve { client in
        let challenge = try await challenge(client)
        let statuses = try await withThrowingTaskGroup(of: HTTPResponse.Status.self) { group in
          for password in ["first zebra staple", "second zebra staple"] {
            group.addTask { try await choose(challenge, client, password: password).status }
          }
          return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(statuses) == [.created, .unauthorized])
        let again = try await choose(challenge, client)
        #expect(again.json("type") == "/problems/challenge-closed")
      }
      #expect(try await openSessions(of: ada, on: site).count == 1)
      #expect(try await SignInChallenge.query.count(in: site.db) == 0)
    }
  }

  @Test(arguments: [
    (Cast.ada.password, "breached"), ("ada ada ada ada", "guessable"), ("short", "too_short"),
    ("another fjord lamp", "breached"),
  ])
  func `is refused when it is no better, and may be chosen again`(
    password: String,
    reason: String
  ) async throws {
    let breached = [Cast.ada.password, "another fjord lamp"]
    try await TestAccounts.withAda(breached: breached) { site, _, _ in
      try await site.serve { client in
        let challenge = try await challenge(client)
        let refused = try await choose(challenge, client, password: password)
        #expect(refused.status == .unprocessableContent)
        #expect(
          refused.fieldErrors.map { $0.split(separator: " ") } == [["password", reason[...]]]
        )
        #expect(try await choose(challenge, client).status == .created)
      }
    }
  }

  // Fails without `!needsCode` in `answer`: the password alone sets another one, and opens a session.
  @Test func `comes after the second factor, which is asked for once`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      let app = try await site.twoFactor(ada)
      try await site.serve { client in
        let first = try await challenge(client, for: .code)
        let early = try await choose(first, client)
        #expect(early.json("type") == "/problems/challenge-closed")

        let second = try await show(app.code, for: first, client)
        #expect(second.status == .accepted)
        #expect(second.json("step") == "password")
        site.clock.advance(by: .seconds(60))
        let again = try await show(app.code, for: first, client)
        #expect(again.json("type") == "/problems/challenge-closed")

        let last: String = try #require(second.json("challenge"))
        #expect(try await choose(last, client).status == .created)
      }
      let sessions = try await openSessions(of: ada, on: site)
      #expect(sessions.map { $0.secondFactorAt != nil } == [true])
    }
  }

  // Fails when the challenge of the code is that of the password, too: whoever planted it in the browser
  // of a member who showed the code takes the account.
  @Test func `is not chosen by whoever knew the challenge before the code was shown`() async throws
  {
    try await TestAccounts.withAda { site, ada, _ in
      let app = try await site.twoFactor(ada)
      try await site.serve { client in
        let planted = try await challenge(client, for: .code)
        #expect(try await show(app.code, for: planted, client).status == .accepted)
        let answer = try await choose(planted, client)
        #expect(answer.json("type") == "/problems/challenge-closed")
      }
    }
  }

  // Fails when the attempts at the code count for the password.
  @Test func `may be chosen behind the last code that can be tried`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      let app = try await site.twoFactor(ada)
      try await site.serve { client in
        let first = try await challenge(client, for: .code)
        for _ in 1...4 { _ = try await show(app.wrongCode, for: first, client) }
        let last: String = try #require(
          try await show(app.code, for: first, client).json("challenge")
        )
        #expect(try await choose(last, client).status == .created)
      }
    }
  }

  // Fails without the deletion in `change` of the second factor: nobody is asked for the code.
  @Test func `is not chosen without the second factor that was set up meanwhile`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      try await site.serve { client in
        let thief = try await challenge(client)
        _ = try await site.twoFactor(ada)
        let answer = try await choose(thief, client)
        #expect(answer.json("type") == "/problems/challenge-closed")
      }
      #expect(try await Member.find(ada.id, in: site.db).passwordHash == ada.passwordHash)
    }
  }

  @Test func `ends the API tokens, which whoever knew the former one may have made`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      let token = try await site.apiToken(of: ada).secret.text
      try await site.serve { client in
        #expect(try await client.send(.get, "/api/members/me", token: token).status == .ok)
        _ = try await choose(try await challenge(client), client)
        let answer = try await client.send(.get, "/api/members/me", token: token)
        #expect(answer.status == .unauthorized)
      }
    }
  }

  // Fails with the language of the request: whoever knows the password chooses it.
  @Test func `is told in the language of the member`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      let chosen = Preference(memberID: ada.id, language: "ru", updatedAt: site.clock.now)
      try await site.db.insert(chosen)
      try await site.serve { client in _ = try await choose(try await challenge(client), client) }
      let letters = try await Letter.where { $0.kind == "password.changed" }.all(in: site.db)
      #expect(letters.map(\.language) == ["ru"])
    }
  }

  // Fails when the error of the list is passed over, or closes the challenge.
  @Test func `waits while the list is no use`() async throws {
    try await TestAccounts.withAda { site, _, file in
      try await site.serve { client in
        let challenge = try await challenge(client)
        let list = try Data(contentsOf: file)
        try overwrite(file, by: Data())
        #expect(try await choose(challenge, client).status == .serviceUnavailable)
        try overwrite(file, by: list)
        #expect(try await choose(challenge, client).status == .created)
      }
    }
  }

  // Fails without `allowTrying` in the route: challenges may be guessed for ever.
  @Test func `is limited in rate`() async throws {
    try await TestAccounts.withAda { site, _, _ in
      try await site.serve { client in
        let guess = OpaqueToken.generate(.challenge).text
        var statuses: [HTTPResponse.Status] = []
        for _ in 0..<61 { statuses.append(try await choose(guess, client).status) }
        #expect(statuses.dropLast().allSatisfy { $0 == .unauthorized })
        #expect(statuses.last == .tooManyRequests)
      }
    }
  }

  @Test func `may be chosen for a quarter of an hour`() async throws {
    try await TestAccounts.withAda { site, _, _ in
      try await site.serve { client in
        let late = try await challenge(client)
        site.clock.advance(by: .seconds(1))
        let timely = try await challenge(client)
        site.clock.advance(by: .seconds(899))
        let answer = try await choose(late, client)
        #expect(answer.json("type") == "/problems/challenge-closed")
        #expect(try await choose(timely, client).status == .created)
      }
    }
  }

  // Fails without the deletion in `setPassword`: a thief takes the account from its member again.
  @Test func `is not chosen by whoever began before the member set another`() async throws {
    try await TestAccounts.withAda { site, _, _ in
      try await site.serve { client in
        let thief = try await challenge(client)
        let token = try await site.resetToken(for: Cast.ada, client)
        let own = ["token": token, "password": "my own zebra staple"]
        #expect(try await client.send(.put, "/api/password-resets", own).status == .noContent)

        let answer = try await choose(thief, client)

        #expect(answer.json("type") == "/problems/challenge-closed")
        #expect(try await signIn("my own zebra staple", client) == .created)
      }
    }
  }

  // Fails without the comparison in `admit`: what the thief gets is younger than the new password.
  @Test(arguments: [true, false])
  func `is not for whoever gave the former one a moment too early`(isBreached: Bool) async throws {
    try await TestAccounts.withAda { site, ada, _ in
      let thief = Entrant(ada, by: .password(isBreached: isBreached))
      try await site.serve { client in
        let token = try await site.resetToken(for: Cast.ada, client)
        let own = ["token": token, "password": "my own zebra staple"]
        #expect(try await client.send(.put, "/api/password-resets", own).status == .noContent)
      }

      await #expect(throws: SessionError.wrongCredentials) {
        try await site.accounts.enter(as: thief, from: .tests)
      }
      #expect(try await SignInChallenge.query.count(in: site.db) == 0)
      #expect(try await openSessions(of: ada, on: site).isEmpty)
    }
  }

  @Test func `is not chosen by a member who was suspended meanwhile`() async throws {
    try await TestAccounts.withAda { site, ada, _ in
      try await site.serve { client in
        let challenge = try await challenge(client)
        try await Member.update { $0.isActive = false }.where { $0.id == ada.id }.run(in: site.db)
        let answer = try await choose(challenge, client)
        #expect(answer.json("type") == "/problems/challenge-closed")
      }
      let member = try await Member.find(ada.id, in: site.db)
      #expect(member.passwordHash == ada.passwordHash)
    }
  }

  @Test func `is chosen on a page that leads on to where the member wanted to go`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, _, _ in
      try await site.serve { client in
        let browser = TestBrowser(client)
        let fields = ["login": "ada", "password": Cast.ada.password, "next": "/posts/1?a=b"]
        let first = try await browser.submit(fields, from: "/sign-in")
        let page = try #require(first.headers[.location])
        #expect(page == "/sign-in/password?return_to=%2Fposts%2F1%3Fa%3Db")
        #expect(browser.cookie("artel_session") == nil)
        #expect(try await browser.get(page).text.contains(#"name="next" value="/posts/1?a=b""#))

        let next = ["next": "/posts/1?a=b"]
        let same = next.merging(["password": Cast.ada.password]) { $1 }
        let refused = try await browser.submit(same, from: page)
        #expect(refused.status == .unprocessableContent)
        #expect(refused.text.contains(#"id="password-error""#))
        #expect(refused.text.contains(#"name="next" value="/posts/1?a=b""#))
        #expect(browser.cookie("artel_session") == nil)

        let better = next.merging(["password": Self.better]) { $1 }
        let entered = try await browser.submit(better, from: page)
        #expect(entered.headers[.location] == "/posts/1?a=b")
        #expect(browser.cookie("artel_session") != nil)
        #expect(browser.cookie("artel_challenge") == nil)
      }
    }
  }

  @Test func `has its page behind that of the code, and neither is passed over`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, ada, _ in
      let app = try await site.twoFactor(ada)
      try await site.serve { client in
        let guest = TestBrowser(client)
        let asked = try await guest.get("/sign-in/password?return_to=%2Fmine")
        #expect(asked.headers[.location] == "/sign-in?return_to=%2Fmine")

        let browser = TestBrowser(client)
        let fields = ["login": "ada", "password": Cast.ada.password]
        let first = try await browser.submit(fields, from: "/sign-in")
        #expect(first.headers[.location] == "/sign-in/code?return_to=%2F")
        let early = try await browser.get("/sign-in/password?return_to=%2Fmine")
        #expect(early.headers[.location] == "/sign-in/code?return_to=%2Fmine")

        let code = ["code": app.code, "next": "/mine"]
        let second = try await browser.submit(code, from: "/sign-in/code")
        #expect(second.headers[.location] == "/sign-in/password?return_to=%2Fmine")
        #expect(browser.cookie("artel_session") == nil)
        let back = try await browser.get("/sign-in/code")
        #expect(back.headers[.location] == "/sign-in/password?return_to=%2F")
      }
    }
  }

  // Fails when a browser without the cookie is only led away: nobody knows why, or where they were going.
  @Test func `says so when it comes too late, and where one was going stays`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, _, _ in
      try await site.serve { client in
        let better = ["password": Self.better, "next": "/mine"]
        let late = TestBrowser(client)
        let answer = try await late.submit(better, from: "/sign-in", to: "/sign-in/password")
        #expect(answer.headers[.location] == "/sign-in?return_to=%2Fmine")
        #expect(try await late.get("/sign-in").text.contains("That sign-in is over"))
      }
    }
  }

  // Fails when the second answer takes the cookie of the first: the member begins again, and does not know why.
  @Test func `does not suffer when a form is sent twice`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, ada, _ in
      let app = try await site.twoFactor(ada)
      try await site.serve { client in
        let browser = TestBrowser(client)
        let fields = ["login": "ada", "password": Cast.ada.password]
        _ = try await browser.submit(fields, from: "/sign-in")
        let first = try #require(browser.cookie("artel_challenge"))
        let code = ["code": app.code, "next": "/mine"]
        _ = try await browser.submit(code, from: "/sign-in/code")
        let second = try #require(browser.cookie("artel_challenge"))

        browser.setCookie("artel_challenge", first)
        let again = try await browser.submit(code, from: "/sign-up", to: "/sign-in/code")
        #expect(again.headers[.location] == "/sign-in/code?return_to=%2Fmine")
        #expect(browser.cookie("artel_challenge") == first)

        browser.setCookie("artel_challenge", second)
        let led = try await browser.get("/sign-in/code?return_to=%2Fmine")
        #expect(led.headers[.location] == "/sign-in/password?return_to=%2Fmine")
      }
    }
  }

  // Fails without the deletion where a factor is set up and where a member is suspended: the form is shown
  // again without a word.
  @Test(arguments: [true, false])
  func `begins again when it cannot go on`(isSuspended: Bool) async throws {
    try await TestAccounts.withAda(hasPages: true) { site, ada, _ in
      try await site.serve { client in
        let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
        let page = try await browser.get("/sign-in/password")
        #expect(page.status == .ok)
        if isSuspended {
          try await site.accounts.suspend(ada.id, because: "Spam", by: .operatorOfServer)
        } else {
          _ = try await site.twoFactor(ada)
        }

        let better = ["password": Self.better, "next": "/mine"]
        let answer = try await browser.submit(better, from: "/sign-up", to: "/sign-in/password")

        let step = try #require(answer.headers[.location])
        #expect(try await browser.get(step).headers[.location] == "/sign-in?return_to=%2Fmine")
        #expect(try await browser.get("/sign-in").text.contains("That sign-in is over"))
      }
    }
  }

  // Fails when the flash does not look who is signed in.
  @Test func `says nothing to whoever has signed in by another tab`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, _, _ in
      try await site.serve { client in
        let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
        let better = ["password": Self.better, "next": "/settings/profile"]
        _ = try await browser.submit(better, from: "/sign-in/password")
        let again = try await browser.submit(
          better,
          from: "/settings/profile",
          to: "/sign-in/password"
        )
        #expect(again.headers[.location] == "/sign-in?return_to=%2Fsettings%2Fprofile")
        let page = try await browser.get("/settings/profile").text
        #expect(!page.contains("That sign-in is over"))
      }
    }
  }

  @Test func `is not left behind by whoever begins again`() async throws {
    try await TestAccounts.withAda(hasPages: true) { site, _, _ in
      try await site.serve { client in
        let browser = TestBrowser(client)
        _ = try await browser.signedIn(as: Cast.ada)
        #expect(try await browser.get("/sign-in/password").status == .ok)
        _ = try await browser.get("/sign-in")
        let next = try await browser.get("/sign-in/password")
        #expect(next.headers[.location] == "/sign-in?return_to=%2F")
      }
    }
  }
}
