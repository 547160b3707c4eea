import ArtelAuth
import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("A member's mail address")
struct EmailTests {
  private func signUp(_ site: TestAccounts, _ client: any TestClientProtocol) async throws -> String
  {
    let answer = try await client.send(
      .post,
      "/api/members",
      ["username": "ada", "email": Cast.ada.email, "password": Cast.ada.password]
    )
    #expect(answer.status == .created)
    #expect(answer.json("email_verified_at") == nil)
    try await site.deliver()
    return try #require(site.sent.mails("email.verify").last?.token)
  }

  private func verify(_ token: String, _ client: any TestClientProtocol) async throws
    -> HTTPResponse.Status
  {
    try await client.send(.post, "/api/email-verifications", ["token": token]).status
  }

  private func change(_ email: String, _ client: any TestClientProtocol, _ access: String)
    async throws -> HTTPResponse.Status
  {
    let form = ["email": email, "password": Cast.ada.password]
    return try await client.send(.put, "/api/members/me/email", form, token: access).status
  }

  @Test func `is asked for at sign-up and verified by the link, once`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let token = try await signUp(site, client)
      #expect(try await verify(token, client) == .noContent)
      #expect(try await verify(token, client) == .notFound)
      let access = try await client.signIn(Cast.ada).access
      let me = try await client.send(.get, "/api/members/me", token: access)
      #expect(me.json("email_verified_at") != nil)
    }
    #expect(site.sent.mails.map(\.to) == [Cast.ada.email])
  }

  @Test func `a link works for a day, and for its purpose only`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      let token = try await signUp(site, client)
      let reset = try await client.send(
        .put,
        "/api/password-resets",
        ["token": token, "password": "another battery staple"]
      )
      #expect(reset.status == .notFound)
      let resetToken = try await site.resetToken(for: Cast.ada, client)
      #expect(try await verify(resetToken, client) == .notFound)
      site.clock.advance(by: .seconds(86_400))
      #expect(try await verify(token, client) == .notFound)
    }
  }

  // Fails when `changeEmail` writes the address at once.
  @Test func `another one replaces it only when verified, and the old one is told twice`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      #expect(try await change("New@Example.org", client, access) == .noContent)
      #expect(try await site.stored(ada).email == Cast.ada.email)
      try await site.deliver()
      #expect(site.sent.mails("email.requested").map(\.to) == [Cast.ada.email])
      let question = try #require(site.sent.mails("email.verify").last)
      #expect(question.to == "New@example.org")

      #expect(try await verify(question.token, client) == .noContent)
    }
    let stored = try await site.stored(ada)
    #expect(stored.email == "New@example.org" && stored.emailVerifiedAt != nil)
    try await site.deliver()
    let told = try #require(site.sent.mails("email.changed").first)
    #expect(told.to == Cast.ada.email)
    #expect(told.text.contains("N…@example.org") && !told.text.contains("New@"))
    #expect(try await site.notices(of: ada).contains { $0.kind == "email.changed" })
    let acts = try await site.acts(about: ada.id)
    #expect(acts.filter { $0.hasPrefix("email.") } == ["email.requested", "email.changed"])
  }

  @Test func `needs the password, and tells nobody whether another member has the address`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      let wrong = ["email": "new@example.org", "password": "wrong horse"]
      let refused = try await client.send(.put, "/api/members/me/email", wrong, token: access)
      #expect(refused.status == .forbidden)
      #expect(try await change(Cast.grace.email, client, access) == .noContent)
      try await site.deliver()
      // Only who opens Grace's mail learns it.
      let token = try #require(site.sent.mails("email.verify").last?.token)
      #expect(try await verify(token, client) == .unprocessableContent)
    }
    #expect(try await site.stored(ada).email == Cast.ada.email)
  }

  @Test func `of two addresses named after each other the last one counts`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      _ = try await change("first@example.org", client, access)
      try await site.deliver()
      let first = try #require(site.sent.mails("email.verify").last?.token)
      _ = try await change("second@example.org", client, access)
      try await site.deliver()
      let second = try #require(site.sent.mails("email.verify").last?.token)

      #expect(try await verify(first, client) == .notFound)
      #expect(try await verify(second, client) == .noContent)
    }
  }

  @Test func `the mail is sent again on request, five times an hour`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let access = try await client.signIn(Cast.ada).access
      let path = "/api/members/me/email/verifications"
      for _ in 0..<5 {
        #expect(try await client.send(.post, path, token: access).status == .noContent)
      }
      #expect(try await client.send(.post, path, token: access).status == .tooManyRequests)
    }
    try await site.deliver()
    // Each made the one before void, which then was not sent any more.
    #expect(site.sent.mails("email.verify").count == 1)
  }

  @Test func `opening the link changes nothing; its button does`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client in
      let token = try await signUp(site, client)
      let browser = TestBrowser(client)
      let page = try await browser.get("/verify-email?token=\(token)")
      #expect(page.status == .ok && page.text.contains(Cast.ada.email))
      #expect(page.headers[values: .init("Referrer-Policy")!] == ["strict-origin"])
      #expect(
        try await Member.where { $0.emailVerifiedAt.isNotNull() }.count(in: site.db) == 0
      )
      let done = try await browser.submit(
        ["token": token],
        from: "/verify-email?token=\(token)"
      )
      #expect(done.status == .seeOther)
      #expect(
        try await Member.where { $0.emailVerifiedAt.isNotNull() }.count(in: site.db) == 1
      )
      #expect(try await browser.get("/verify-email?token=\(token)").status == .notFound)
      #expect(try await browser.get("/verify-email").status == .notFound)
    }
  }

  @Test func `letters never say what a stranger chose to be called`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client in
      _ = try await client.send(
        .post,
        "/api/members",
        [
          "username": "win-money.example", "display_name": "Win money at evil.example",
          "email": "victim@example.org", "password": "correct horse battery",
        ]
      )
    }
    try await site.deliver()
    let mail = try #require(site.sent.mails.first)
    #expect(mail.to == "victim@example.org")
    #expect(!mail.text.contains("money") && !mail.html.contains("money"))
  }

  @Test func `a member who departs leaves no letter, link or code behind`() async throws {
    let site = try await TestAccounts.make(graceDays: 0) { $0.mail = nil }

    try await site.serve { client in
      _ = try await client.send(
        .post,
        "/api/members",
        ["username": "ada", "email": Cast.ada.email, "password": Cast.ada.password]
      )
      try await site.deliver()
      #expect(try await MailboxMessage.query.count(in: site.db) == 1)
      let access = try await client.signIn(Cast.ada).access
      _ = try await change("new@example.org", client, access)
      let gone = try await client.send(
        .delete,
        "/api/members/me",
        ["password": Cast.ada.password],
        token: access
      )
      #expect(gone.status == .noContent)
    }
    #expect(try await Letter.query.count(in: site.db) == 0)
    #expect(try await EmailLink.query.count(in: site.db) == 0)
    #expect(try await MailboxMessage.query.count(in: site.db) == 0)
    try await site.deliver()
  }
}
