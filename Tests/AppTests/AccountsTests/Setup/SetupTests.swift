import ArtelAuth
import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Synchronization
import Testing

@testable import Accounts

@Suite("Setting up")
struct SetupTests {
  private func fields(_ person: CastMember, _ path: String) -> [String: String] {
    [
      "username": person.username, "email": person.email, "password": person.password,
      "token": String(path.drop { $0 != "=" }.dropFirst()),
    ]
  }

  @Test func `the link makes its user a member, the administrator, and signed in`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let path = try #require(try await site.accounts.setupPath())

    try await site.serve { client in
      let browser = TestBrowser(client)
      let answer = try await browser.submit(fields(Cast.margaret, path), from: path)

      #expect(answer.status == .seeOther)
      let cookie = try #require(browser.cookie("artel_session"))
      #expect(try await site.accounts.authenticator.cookie(cookie)?.isAdministrator == true)
      #expect(try await TestBrowser(client).get(path).status == .notFound)
    }
    #expect(try await site.accounts.setupPath() == nil)
    // Fails without `askWhetherAddress` in `setUp`.
    try await site.deliver()
    #expect(site.sent.mails("email.verify").map(\.to) == [Cast.margaret.email])
  }

  @Test func `a link that was made up leads nowhere and costs no hash`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let path = "/setup?token=\(OpaqueToken.generate(.setup).text)"

    try await site.serve { client in
      let browser = TestBrowser(client)
      #expect(try await browser.get(path).status == .notFound)
      #expect(try await browser.get("/setup").status == .notFound)
      let answer = try await browser.submit(
        fields(Cast.linus, path),
        from: "/sign-up",
        to: "/setup"
      )
      #expect(answer.status == .notFound)
    }
    #expect(site.passwordRuns.count == 0)
  }

  @Test func `a refused form leaves the link open`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    let path = try #require(try await site.accounts.setupPath())

    try await site.serve { client in
      let browser = TestBrowser(client)
      let taken = try await browser.submit(fields(Cast.ada, path), from: path)
      #expect(taken.status == .unprocessableContent)
      let free = try await browser.submit(fields(Cast.margaret, path), from: path)
      #expect(free.status == .seeOther)
    }
  }

  @Test func `two links used at once make one administrator`() async throws {
    let site = try await TestAccounts.make()
    let paths = [
      try #require(try await site.accounts.setupPath()),
      try #require(try await site.accounts.setupPath()),
    ]

    let made = await withTaskGroup(of: Bool.self) { group in
      for (path, person) in zip(paths, [Cast.ada, Cast.linus]) {
        let fields = fields(person, path)
        group.addTask {
          guard
            let form = try? SignUpForm.read(
              from: FormSource(texts: fields.map { ($0.key, $0.value) })
            ),
            let token = OpaqueToken(fields["token"] ?? "", .setup)
          else { return false }
          return (try? await site.accounts.setUp(form, with: token)) != nil
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(made == 1)
    #expect(try await Member.where { $0.isAdministrator }.count(in: site.db) == 1)
  }

  // Fails without the age in `SetupLink.open` and `SetupLink.use`: a link of yesterday made the
  // administrator.
  @Test func `a link works for a day and no longer`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let path = try #require(try await site.accounts.setupPath())
    let token = try #require(OpaqueToken(String(path.drop { $0 != "=" }.dropFirst()), .setup))

    try await site.serve { client in
      let browser = TestBrowser(client)
      site.clock.advance(by: .seconds(86_399))
      #expect(try await browser.get(path).status == .ok)
      site.clock.advance(by: .seconds(1))
      #expect(try await browser.get(path).status == .notFound)
      let answer = try await browser.submit(
        fields(Cast.margaret, path),
        from: "/sign-up",
        to: "/setup"
      )
      #expect(answer.status == .notFound)
    }
    // Also when it expires while the password is hashed.
    await #expect(throws: SetupError.linkClosed) {
      try await site.db.database.transaction { tx in
        try await SetupLink.use(token, at: site.clock.wallClock.now(), in: tx)
      }
    }
    #expect(site.passwordRuns.count == 0)
    #expect(try await Member.query.count(in: site.db) == 0)
  }

  // Fails when `renewSetupPath` forgets when its last link was made: 2 links in 1,442 minutes.
  @Test func `a fresh link comes when the last one expires, until somebody is administrator`()
    async throws
  {
    let site = try await TestAccounts.make(hasPages: true)
    let first = try #require(try await site.accounts.setupPath())
    let paths = Mutex([first])
    let minutes = Counter()

    try await site.serve { client in
      await site.accounts.renewSetupPath { duration in
        minutes.add()
        site.clock.advance(by: duration)
      } announce: { path in
        let old = paths.withLock { paths in
          paths.append(path)
          return paths[paths.count - 2]
        }
        let browser = TestBrowser(client)
        let ended = try? await browser.get(old)
        let fresh = try? await browser.get(path)
        #expect(ended?.status == .notFound)
        #expect(fresh?.status == .ok)
        if paths.withLock({ $0.count }) == 3 {
          let answer = try? await browser.submit(fields(Cast.margaret, path), from: path)
          #expect(answer?.status == .seeOther)
        }
      }
    }

    #expect(paths.withLock { Set($0).count } == 3)
    // A link each day, and on the third day nobody needs one.
    #expect(minutes.count == 3 * 24 * 60)
    #expect(try await SetupLink.query.count(in: site.db) == 1)
  }

  @Test func `the operator can make members and administrators`() async throws {
    let site = try await TestAccounts.make()

    try await site.accounts.createMember(
      username: "ada",
      email: "ada@example.org",
      password: Cast.ada.password
    )

    await #expect(throws: Problem.self) {
      try await site.accounts.promote(username: "nobody")
    }
    try await site.accounts.promote(username: "Ada")
    #expect(try await site.accounts.setupPath() == nil)
  }
}
