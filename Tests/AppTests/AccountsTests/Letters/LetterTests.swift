import ArtelConcurrency
import ArtelJobs
import ArtelMail
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import Accounts

@Suite("Letters")
struct LetterTests {
  private func write(_ site: TestAccounts, _ count: Int = 1) async throws {
    let ada = try await Member.withLogin("ada", in: site.db)
    try await site.db.database.transaction { tx in
      for number in 0..<count {
        try await tx.post(
          Letter(
            .passwordChanged,
            to: Cast.ada.email,
            about: ada?.id,
            in: .russian,
            at: site.clock.now + Double(number)
          )
        )
      }
    }
  }

  private func jobs(_ site: TestAccounts) async throws -> [String] {
    try await site.db.read(
      "select state::text || ' ' || coalesce(reason, '') from jobs.jobs order by id"
    )
    .map { try $0.decode(at: 0) }
  }

  @Test func `one is sent in its language, and then forgotten`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    try await write(site)
    try await site.deliver()

    #expect(site.sent.mails.map(\.to) == [Cast.ada.email])
    #expect(site.sent.mails.first?.subject.hasPrefix("letters.password.changed.subject ru") == true)
    #expect(try await Letter.query.count(in: site.db) == 0)
    #expect(try await jobs(site) == [])
  }

  @Test func `a verb that is rolled back writes none`() async throws {
    struct Stop: Error {}
    let site = try await TestAccounts.make()
    await #expect(throws: Stop.self) {
      try await site.db.database.transaction { tx in
        try await tx.post(
          Letter(.passwordChanged, to: Cast.ada.email, about: nil, in: .english, at: site.clock.now)
        )
        throw Stop()
      }
    }
    try await site.deliver()
    #expect(site.sent.mails.isEmpty)
  }

  @Test func `what fails for now is tried again, with the reason and without the address`()
    async throws
  {
    let failures = Counter()
    let pool = BlockingPool(name: "letter-tests", threads: 1)
    defer { pool.stop() }
    let site = try await TestAccounts.make { correspondence in
      correspondence.mail = { mail, date in
        failures.add()
        // Nobody listens there.
        let server = try MailServer("smtp://127.0.0.1:1?tls=none")
        if failures.count == 1 { try await server.send(mail, at: date, on: pool) }
      }
    }
    try await site.member(Cast.ada)
    try await write(site)
    try await site.deliver()

    let waiting = try await jobs(site)
    #expect(waiting.count == 1 && waiting[0].hasPrefix("queued "))
    #expect(waiting[0].contains("nobody answers") && !waiting[0].contains("example.org"))
    let runner = JobRunner(
      db: site.db.database,
      handlers: site.accounts.jobHandlers,
      logger: site.accounts.logger
    )
    try await runner.drain(early: true)
    #expect(failures.count == 2)
    #expect(try await Letter.query.count(in: site.db) == 0)
  }

  @Test func `without a server they are kept for administrators alone, the newest 200 for a week`()
    async throws
  {
    let site = try await TestAccounts.make(hasPages: true) {
      $0.mail = nil
      $0.text = nil
    }
    try await site.member(Cast.ada)
    try await site.accounts.createMember(
      username: "margaret",
      email: Cast.margaret.email,
      password: Cast.margaret.password,
      isAdministrator: true
    )
    try await write(site, 203)
    try await site.deliver()
    #expect(try await MailboxMessage.query.count(in: site.db) == 200)

    try await site.serve { client in
      // Fails with `member()` in MailboxPage: guests are led to sign in.
      #expect(try await TestBrowser(client).get("/admin/mailbox").status == .notFound)
      for (person, status) in [(Cast.ada, HTTPResponse.Status.notFound), (Cast.margaret, .ok)] {
        let browser = TestBrowser(client)
        let login = ["login": person.username, "password": person.password]
        _ = try await browser.submit(login, from: "/sign-in")
        let page = try await browser.get("/admin/mailbox")
        #expect(page.status == status)
        #expect(page.text.contains("letters.password.changed.text") == (status == .ok))
      }
    }
    // Fails without the entry in MailboxPage: nobody learns who saw links and codes of others.
    let looks = try await site.log().filter { $0.act == "mailbox.opened" }
    let margaret = try await Member.withLogin("margaret", in: site.db)
    #expect(looks.map(\.actorID) == [margaret?.id])
    site.clock.advance(by: .seconds(8 * 86_400))
    try await site.accounts.forgetLetters()
    #expect(try await MailboxMessage.query.count(in: site.db) == 0)
  }

  @Test func `one whose link is void by now goes nowhere`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    try await site.serve { client in
      _ = try await client.send(.post, "/api/password-resets", ["email": Cast.ada.email])
    }
    site.clock.advance(by: .seconds(3601))
    try await site.deliver()

    #expect(site.sent.mails.isEmpty)
    #expect(try await Letter.query.count(in: site.db) == 0)
  }

  @Test func `two attempts at one letter send the same link`() async throws {
    let tokens = Mutex<[String]>([])
    let site = try await TestAccounts.make { correspondence in
      correspondence.mail = { mail, _ in
        let token = mail.text.firstMatch(of: /token=([A-Za-z0-9_\-]+)/).map { String($0.1) }
        let count = tokens.withLock { list in
          list.append(token ?? "")
          return list.count
        }
        // The server took it, and its answer was lost.
        if count == 1 { throw CocoaError(.fileReadUnknown) }
      }
    }
    try await site.member(Cast.ada)
    try await site.serve { client in
      _ = try await client.send(.post, "/api/password-resets", ["email": Cast.ada.email])
      let runner = JobRunner(
        db: site.db.database,
        handlers: site.accounts.jobHandlers,
        logger: site.accounts.logger
      )
      try await runner.drain()
      try await runner.drain(early: true)
      let sent = tokens.withLock { $0 }
      #expect(sent.count == 2 && sent[0] == sent[1] && !sent[0].isEmpty)
      let form = ["token": sent[0], "password": "another battery staple"]
      #expect(try await client.send(.put, "/api/password-resets", form).status == .noContent)
    }
  }

  @Test func `HTML in a letter is text`() throws {
    let correspondence = Correspondence(
      from: try MailAddress("post@artel.example"),
      siteURL: "https://artel.example"
    ) { key, values, _ in
      key.hasSuffix(".text") ? "<script>&\n\n\(values["link"] ?? "")" : "\"<b>"
    }
    let letter = Letter(.resetPassword, to: "ada@example.org", about: nil, in: .english, at: Date())
    let text = LetterText(
      letter,
      .resetPassword,
      .link("https://artel.example/x?token=\"><b>"),
      correspondence
    )

    #expect(text.html.contains("&lt;script&gt;&amp;"))
    #expect(!text.html.contains("<script>") && !text.html.contains("<b>"))
    #expect(text.html.contains("href=\"https://artel.example/x?token=&quot;&gt;&lt;b&gt;\""))
  }
}
