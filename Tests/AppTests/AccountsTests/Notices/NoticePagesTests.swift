import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("The page of notices and the bell")
struct NoticePagesTests {
  private func signedIn(_ site: TestAccounts, _ client: any TestClientProtocol) async throws
    -> TestBrowser
  {
    let browser = TestBrowser(client)
    _ = try await browser.submit(
      ["login": "ada", "password": Cast.ada.password],
      from: "/sign-in"
    )
    return browser
  }

  @Test(arguments: Mode.allCases)
  func `shows what is unread, and marks it as read without JavaScript`(mode: Mode) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.session(ada, "tests", at: nil)
    try await site.session(ada, "curl/8", at: "198.51.100.7")

    try await site.serve(mode) { client in
      let browser = try await signedIn(site, client)
      let newest = try #require(try await site.notices(of: ada).first)
      let page = try await browser.get("/notices").text
      #expect(page.contains("Someone signed in to your account"))
      #expect(page.contains("<span>curl</span><span>198.51.100.7</span>"))
      #expect(page.contains(#"aria-label="Notices, unread: 2""#))
      #expect(page.components(separatedBy: "notice-unread").count == 3)

      let answer = try await browser.submit(
        ["through": "\(newest.id)"],
        from: "/notices",
        to: "/notices/read"
      )
      #expect(answer.headers[.location] == "/notices")
      let after = try await browser.get("/notices").text
      #expect(after.contains("Everything is marked as read."))
      // Fails without forgetBrowser: the number is the one of five seconds ago.
      #expect(after.contains(#"aria-label="Notices""#))
      #expect(!after.contains("notice-unread"))
      #expect(!after.contains("Mark all as read"))
    }
  }

  @Test func `speaks Russian, and of what it does not know too`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.session(ada, "tests", at: nil)
    try await site.db.write("update notices set kind = 'from.tomorrow'")
    try await site.session(ada, "curl/8", at: "198.51.100.7")
    try await site.db.write(
      """
      insert into notices (id, member_id, app, kind, created_at)
      values (\(NoticeID.generate()), \(ada.id), 'tomorrow', 'easel.gone', \(site.clock.now))
      """
    )

    try await site.serve { client in
      let browser = try await signedIn(site, client)
      browser.setCookie("artel_lang", "ru")
      let page = try await browser.get("/notices").text
      #expect(page.contains("Кто-то вошёл в\u{a0}вашу учётную запись"))
      #expect(page.contains("Случилось то, о\u{a0}чём эта страница"))
      #expect(page.contains("Уведомления, непрочитанных: 3"))
    }
  }

  @Test func `says so when there is nothing, and counts no further than 99`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await signedIn(site, client)
      let page = try await browser.get("/notices").text
      #expect(page.contains("All is quiet"))
      #expect(page.contains(#"aria-label="Notices""#))

      try await site.tell(ada, times: 101)
      site.clock.advance(by: .seconds(5))
      let full = try await browser.get("/notices").text
      #expect(full.contains(#"aria-label="Notices, unread: 99+""#))
      #expect(full.contains(#"rel="next""#))
    }
  }

  @Test func `guests are led to the sign-in page and have no bell`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client in
      let answer = try await TestBrowser(client).get("/notices")
      #expect(answer.status == .seeOther)
      #expect(answer.headers[.location] == "/sign-in?return_to=%2Fnotices")
      #expect(!(try await TestBrowser(client).get("/sign-in").text.contains("data-bell")))
    }
  }

  @Test func `the bell costs no statement besides the one that finds the session`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.tell(ada, times: 3)

    try await site.serve { client in
      let browser = try await signedIn(site, client)
      // Of the session with the number, and of the page.
      try await expectStatements(atMost: 2, atLeast: 2) { _ = try await browser.get("/notices") }
      try await expectStatements(atMost: 1, atLeast: 1) { _ = try await browser.get("/notices") }
    }
  }

  @Test func `a link takes texts as single parts of its address, and none that is missing`() {
    let facts = NoticeFacts(values: ["post": .string("../admin?a#b"), "count": .integer(3)])

    #expect(facts.address("/posts/{post}#end") == "/posts/..%2Fadmin%3Fa%23b#end")
    #expect(facts.address("/notices") == "/notices")
    #expect(facts.address("/posts/{comment}") == nil)
    #expect(facts.address("/posts/{count}") == nil)
  }
}
