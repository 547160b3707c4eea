import ArtelAuth
import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Signing in by pages")
struct SignInPageTests {
  private let credentials = ["login": "ada", "password": Cast.ada.password]

  @Test(arguments: Mode.allCases)
  func `sets a session cookie and leads on`(mode: Mode) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let browser = TestBrowser(client)
      let fields = credentials.merging(["next": "/posts/1?x=y"]) { $1 }
      let answer = try await browser.submit(fields, from: "/sign-in?return_to=%2Fposts%2F1%3Fx%3Dy")

      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/posts/1?x=y")
      let line = try #require(
        answer.headers[values: .setCookie].first { $0.hasPrefix("artel_session=") }
      )
      #expect(line.contains("HttpOnly"))
      #expect(line.contains("SameSite=Lax"))
      let again = try await browser.get("/sign-in")
      #expect(again.status == .seeOther)
    }
    let session = try await Session.query.first(in: site.db)
    #expect(session?.kind == .page)
  }

  @Test func `keeps where the member wanted to go in the form`() async throws {
    try await TestAccounts.make(hasPages: true).serve { client in
      let page = try await TestBrowser(client).get("/sign-in?return_to=%2Fupload")

      #expect(page.text.contains(#"name="next" value="/upload""#))
    }
  }

  @Test(arguments: [
    "https://elsewhere.example", "//elsewhere.example", "/\\elsewhere.example", "\\\\x",
    "javascript:x",
    "/\t/elsewhere.example", "/\r\nSet-Cookie: a=b", "",
  ])
  func `never leads to another site`(next: String) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let fields = credentials.merging(["next": next]) { $1 }
      let answer = try await TestBrowser(client).submit(fields, from: "/sign-in")

      #expect(answer.headers[.location] ?? "/" == "/")
    }
  }

  @Test func `shows the form again when login and password do not fit`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(
        ["login": "ada", "password": "wrong <horse>"],
        from: "/sign-in"
      )

      #expect(answer.status == .unauthorized)
      #expect(answer.text.contains(#"value="ada""#))
      #expect(!answer.text.contains("horse"))
      #expect(browser.cookie("artel_session") == nil)
    }
  }

  @Test func `a signed-in browser costs one statement every five seconds`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let token = try await site.accounts.openPageSession(of: ada)
    let cookie = site.accounts.authenticator.cookie

    let principal = try await expectStatements(atMost: 1) { try await cookie(token.text) }
    #expect(principal?.profile?.displayName == "Ada Lovelace")
    #expect(principal?.source == .cookie)
    try await expectStatements(atMost: 0, atLeast: 0) { _ = try await cookie(token.text) }
    site.clock.advance(by: .seconds(5))
    try await expectStatements(atMost: 1) { _ = try await cookie(token.text) }
  }

  @Test func `using a session moves its end, once a minute`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let token = try await site.accounts.openPageSession(
      of: ada,
      from: SessionOrigin(userAgent: "tests", address: "192.0.2.1")
    )

    for _ in 0..<2 {
      site.clock.advance(by: .seconds(29 * 86_400))
      #expect(try await site.accounts.authenticator.cookie(token.text) != nil)
    }
    site.clock.advance(by: .seconds(30 * 86_400))

    #expect(try await site.accounts.authenticator.cookie(token.text) == nil)
  }

  @Test func `signing out ends the session and removes the cookie`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      _ = try await browser.submit(credentials, from: "/sign-in")
      let cookie = try #require(browser.cookie("artel_session"))
      let out = try await browser.signOut()

      #expect(out.status == .seeOther)
      #expect(browser.cookie("artel_session") == nil)
      #expect(try await site.accounts.authenticator.cookie(cookie) == nil)
    }
  }

  @Test func `signing in again ends the session before`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      _ = try await browser.submit(credentials, from: "/sign-in")
      let first = try #require(browser.cookie("artel_session"))
      _ = try await browser.submit(credentials, from: "/missing", to: "/sign-in")

      #expect(try await site.accounts.authenticator.cookie(first) == nil)
      #expect(try await Session.where { $0.revokedAt == nil }.count(in: site.db) == 1)
    }
  }

  /// Session fixation: whoever plants a cookie of their own must not sit in the session that begins.
  ///
  /// Fails without the new token that each session has: the planted one was Grace's, then Ada's.
  @Test func `a session that somebody planted ends and never becomes the member's`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let attacker = TestBrowser(client)
      let victim = TestBrowser(client)
      let planted = ["login": "grace", "password": Cast.grace.password]
      _ = try await attacker.submit(planted, from: "/sign-in")
      let cookie = try #require(attacker.cookie("artel_session"))
      victim.setCookie("artel_session", cookie)

      _ = try await victim.submit(credentials, from: "/missing", to: "/sign-in")

      let own = try #require(victim.cookie("artel_session"))
      let cookieOf = site.accounts.authenticator.cookie
      #expect(own != cookie)
      #expect(try await cookieOf(own)?.profile?.username == "ada")
      #expect(try await cookieOf(cookie) == nil)
    }
  }

  @Test func `a made-up cookie makes a guest`() async throws {
    let site = try await TestAccounts.make()
    let cookie = site.accounts.authenticator.cookie

    #expect(try await cookie("x") == nil)
    #expect(try await cookie(OpaqueToken.generate(.pageSession).text) == nil)
    #expect(try await cookie(OpaqueToken.generate(.refresh).text) == nil)
  }
}

@Suite("Signing up by a page")
struct SignUpPageTests {
  private let fields = [
    "username": "ada", "display_name": "Ada Lovelace", "email": "ada@example.org",
    "password": Cast.ada.password,
  ]

  @Test func `signs in at once`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(fields, from: "/sign-up")

      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/")
      let cookie = try #require(browser.cookie("artel_session"))
      #expect(try await site.accounts.authenticator.cookie(cookie)?.profile?.username == "ada")
    }
  }

  @Test func `shows a name that is taken in the form`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(fields, from: "/sign-up")

      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(#"aria-invalid="true""#))
      #expect(answer.text.contains(#"value="Ada Lovelace""#))
      #expect(!answer.text.contains(Cast.ada.password))
      #expect(browser.cookie("artel_session") == nil)
    }
  }
}

extension TestBrowser {
  /// Presses the button that pages with a signed-in member show.
  fileprivate func signOut() async throws -> TestResponse {
    try await submit([:], from: "/missing", to: "/sign-out")
  }
}
