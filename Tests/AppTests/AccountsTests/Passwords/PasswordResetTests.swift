import AccountsContract
import ArtelAuth
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Resetting a forgotten password")
struct PasswordResetTests {
  private let another = "another battery staple"

  @Test func `the link sets a password, ends every session and tells the member`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let before = try await client.signIn(Cast.ada)
      let token = try await site.resetToken(for: Cast.ada, client)
      let answer = try await client.send(
        .put,
        "/api/password-resets",
        ["token": token, "password": another]
      )

      #expect(answer.status == .noContent)
      let me = try await client.send(.get, "/api/members/me", token: before.access)
      #expect(me.status == .unauthorized)
      let old = ["login": "ada", "password": Cast.ada.password]
      #expect(try await client.send(.post, "/api/sessions", old).status == .unauthorized)
      let fresh = ["login": "ada", "password": another]
      #expect(try await client.send(.post, "/api/sessions", fresh).status == .created)
    }
    try await site.deliver()
    #expect(site.sent.mails("password.changed").map(\.to) == [Cast.ada.email])
    #expect(try await site.notices(of: ada).contains { $0.kind == "password.changed" })
    #expect(try await site.stored(ada).emailVerifiedAt != nil)
    #expect(try await site.acts(about: ada.id).contains("password.reset"))
  }

  // Fails when `EmailLink.use` does not ask for `used_at is null`: the link worked twice.
  @Test func `a link works once, also for two at once`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await site.resetToken(for: Cast.ada, client)
      let statuses = await withTaskGroup(of: HTTPResponse.Status?.self) { group in
        for number in 0..<4 {
          group.addTask {
            try? await client.send(
              .put,
              "/api/password-resets",
              ["token": token, "password": "battery staple \(number)"]
            ).status
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(statuses.filter { $0 == .noContent }.count == 1)
      #expect(statuses.filter { $0 == .notFound }.count == 3)
    }
  }

  // Fails without `expiresAt` in `EmailLink.open` and `EmailLink.use`.
  @Test func `a link works for an hour and no longer, and a refused one costs no hash`()
    async throws
  {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await site.resetToken(for: Cast.ada, client)
      site.clock.advance(by: .seconds(3600))
      let runs = site.passwordRuns.count
      let late = try await client.send(
        .put,
        "/api/password-resets",
        ["token": token, "password": another]
      )
      let guessed = try await client.send(
        .put,
        "/api/password-resets",
        ["token": OpaqueToken.generate(.passwordReset).text, "password": another]
      )
      #expect(late.status == .notFound && guessed.status == .notFound)
      #expect(late.json("type") == "/problems/email-link")
      #expect(site.passwordRuns.count == runs)
    }
  }

  @Test func `whether an address has an account shows neither in answer nor in work`() async throws
  {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let runs = site.passwordRuns.count

    try await site.serve { client in
      let ask = { (email: String) async throws -> (TestResponse, [String]) in
        let (answer, statements) = try await StatementLog.recording {
          try await client.send(.post, "/api/password-resets", ["email": email])
        }
        return (answer, statements.map(\.text))
      }
      _ = try await ask("warm@example.org")
      let (known, knownWork) = try await ask(Cast.ada.email)
      let (unknown, unknownWork) = try await ask("nobody@example.org")

      #expect(known.status == unknown.status && known.text == unknown.text)
      #expect(knownWork == unknownWork)
      #expect(knownWork.contains { $0.contains("email_links") })
      #expect(site.passwordRuns.count == runs)
    }
    try await site.deliver()
    #expect(site.sent.mails.map(\.to) == [Cast.ada.email])
    // What was asked for nobody leaves no trace that could be sent later.
    #expect(try await Letter.query.count(in: site.db) == 0)
  }

  @Test func `an address is asked for five times an hour, whoever has it`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      for email in [Cast.ada.email, "nobody@example.org"] {
        for _ in 0..<5 {
          let answer = try await client.send(.post, "/api/password-resets", ["email": email])
          #expect(answer.status == .noContent)
        }
        let upper = ["email": email.replacingOccurrences(of: "a", with: "A")]
        let answer = try await client.send(.post, "/api/password-resets", upper)
        #expect(answer.status == .tooManyRequests)
        #expect(answer.headers[.retryAfter] != nil)
      }
    }
  }

  // Fails when `resetPassword` does not compare the address: the link set a password.
  @Test func `a link is void once the account has another address or may not sign in`() async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await site.resetToken(for: Cast.ada, client)
      let form = ["token": token, "password": another]
      try await Member.update { $0.email = "new@example.org" }.where { $0.id == ada.id }
        .run(in: site.db)
      let moved = try await client.send(.put, "/api/password-resets", form)
      try await Member.update {
        $0.email = Cast.ada.email
        $0.isActive = false
      }
      .where { $0.id == ada.id }.run(in: site.db)
      let inactive = try await client.send(.put, "/api/password-resets", form)

      #expect(moved.status == .notFound && inactive.status == .notFound)
    }
  }

  @Test func `changing the password makes links void that were sent before`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await site.resetToken(for: Cast.ada, client)
      let access = try await client.signIn(Cast.ada).access
      let change = ["current_password": Cast.ada.password, "password": another]
      _ = try await client.send(.put, "/api/members/me/password", change, token: access)
      let form = ["token": token, "password": "a thief's password"]

      #expect(try await client.send(.put, "/api/password-resets", form).status == .notFound)
    }
  }

  @Test func `links take their host from the settings, whatever the request says`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve(.live) { client in
      _ = try await client.execute(
        uri: "/api/password-resets",
        method: .post,
        headers: [
          .contentType: "application/json", .init("X-Forwarded-Host")!: "evil.example",
          .init("Forwarded")!: "host=evil.example", .init("X-Forwarded-Proto")!: "http",
        ],
        body: .init(string: #"{"email":"ada@example.org"}"#)
      )
    }
    try await site.deliver()
    let mail = try #require(site.sent.mails("password.reset").first)
    #expect(mail.text.contains("https://artel.example/reset-password?token="))
    #expect(mail.html.contains("https://artel.example/reset-password?token="))
    #expect(!mail.text.contains("evil") && !mail.html.contains("evil"))
  }

  @Test func `the page with the token tells it to nobody`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await site.resetToken(for: Cast.ada, client)
      let browser = TestBrowser(client)
      let page = try await browser.get("/reset-password?token=\(token)")

      #expect(page.status == .ok)
      // Fails without the filter in `SecurityHeaders.add`: a second line said `same-origin`.
      #expect(page.headers[values: .init("Referrer-Policy")!] == ["strict-origin"])
      #expect(page.headers[.cacheControl] == "no-store")
      let refused = try await browser.submit(
        ["token": token, "password": "short"],
        from: "/reset-password?token=\(token)"
      )
      #expect(refused.status == .unprocessableContent)
      let done = try await browser.submit(
        ["token": token, "password": another],
        from: "/reset-password?token=\(token)"
      )
      #expect(done.status == .seeOther && done.headers[.location] == "/sign-in")
      #expect(browser.cookie("artel_session") == nil)
      #expect(try await browser.get("/reset-password?token=\(token)").status == .notFound)
    }
  }

  @Test func `the page for asking answers the same for all`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      for email in [Cast.ada.email, "nobody@example.org"] {
        let answer = try await browser.submit(["email": email], from: "/forgot-password")
        #expect(answer.status == .seeOther)
        #expect(answer.headers[.location] == "/forgot-password?sent=1")
      }
      #expect(try await browser.get("/forgot-password?sent=1").text.contains("on its way"))
    }
  }

  @Test func `neither job nor letter holds the token`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      _ = try await client.send(.post, "/api/password-resets", ["email": Cast.ada.email])
    }
    let stored = try await site.db.read(
      """
      select coalesce(string_agg(line, ' '), '') from (
        select to_jsonb(jobs)::text as line from jobs.jobs
        union all select to_jsonb(letters)::text from letters
        union all select to_jsonb(email_links)::text from email_links
      ) as lines
      """
    )[0].decode(String.self, at: 0)
    try await site.deliver()
    let token = try #require(site.sent.mails("password.reset").first?.token)

    #expect(stored.contains("password.reset"))
    #expect(!stored.contains(token) && !stored.contains("artel_pr_"))
  }

  // Fails without APIToken.endAll: whoever had the account keeps a key to it.
  @Test func `ends the tokens of programs, too`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let program = try await site.apiToken(of: ada).secret.text

    try await site.serve { client async throws in
      let token = try await site.resetToken(for: Cast.ada, client)
      #expect(try await site.accounts.authenticator.bearer(program) != nil)
      let fields = ["token": token, "password": another]
      _ = try await client.send(.put, "/api/password-resets", fields)
    }

    #expect(try await site.accounts.authenticator.bearer(program) == nil)
  }

  // Fails without `refuse(guessable:)`: the name is a password.
  @Test func `knows the member's names, and leaves the link open`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let token = try await site.resetToken(for: Cast.ada, client)
      let refused = try await client.send(
        .put,
        "/api/password-resets",
        ["token": token, "password": "AdaLovelace1815"]
      )
      #expect(refused.fieldErrors == ["password guessable"])
      let page = try await TestBrowser(client).submit(
        ["token": token, "password": "ada-lovelace-ada"],
        from: "/reset-password?token=\(token)"
      )
      #expect(page.status == .unprocessableContent && page.text.contains(token))
      let answer = try await client.send(
        .put,
        "/api/password-resets",
        ["token": token, "password": another]
      )
      #expect(answer.status == .noContent)
    }
  }

  // Fails without `isActive` in `sendPasswordReset`: the suspended member gets a letter.
  @Test func `is offered by administrators, who see nothing of it`() async throws {
    let site = try await TestAccounts.make()
    let (ada, grace) = (try await site.member(Cast.ada), try await site.member(Cast.grace))
    let margaret = Requester(try await site.member(Cast.margaret))
    try await site.accounts.promote(username: "margaret")

    await #expect(throws: Problem.notFound) {
      try await site.accounts.sendPasswordReset(to: ada.id, by: Requester(grace))
    }
    try await site.accounts.sendPasswordReset(to: ada.id, by: margaret)
    try await site.accounts.suspend(grace.id, because: "Spam", by: margaret)
    await #expect(throws: MemberError.unreachable) {
      try await site.accounts.sendPasswordReset(to: grace.id, by: margaret)
    }
    try await site.deliver()

    let mail = try #require(site.sent.mails("password.reset_offered").last)
    #expect(mail.to == Cast.ada.email)
    try await site.serve { client async throws in
      // The present password works until the link is used.
      _ = try await client.signIn(Cast.ada)
      let fields = ["token": mail.token, "password": another]
      let answer = try await client.send(.put, "/api/password-resets", fields)
      #expect(answer.status == .noContent)
    }
    let entries = try await site.log().filter { $0.act == "password.reset_offered" }
    #expect(entries.map(\.subjectID) == [ada.id])
    #expect(!entries.contains { $0.details?.text.contains(mail.token) == true })
  }

  // Fails without `allowReset` in `sendPasswordReset`: the sixth goes, too.
  @Test func `fills nobody's mailbox`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let margaret = Requester(try await site.member(Cast.margaret))
    try await site.accounts.promote(username: "margaret")

    for _ in 1...5 { try await site.accounts.sendPasswordReset(to: ada.id, by: margaret) }
    let problem = await #expect(throws: Problem.self) {
      try await site.accounts.sendPasswordReset(to: ada.id, by: margaret)
    }
    #expect(problem?.kind == .tooManyRequests)
  }
}
