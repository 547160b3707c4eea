import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Suspending a member")
struct SuspensionTests {
  private func pair(
    hasPages: Bool = false
  ) async throws -> (site: TestAccounts, margaret: Requester, ada: Member) {
    let site = try await TestAccounts.make(hasPages: hasPages)
    let margaret = try await site.member(Cast.margaret)
    try await site.accounts.promote(username: "margaret")
    return (site, Requester(margaret), try await site.member(Cast.ada))
  }

  @Test func `ends every session at once, on other nodes too`() async throws {
    let (site, margaret, ada) = try await pair()
    let elsewhere = try await site.another()
    let tokens = try await elsewhere.tokens(Cast.ada)

    try await site.accounts.suspend(ada.id, because: "Spam", by: margaret)
    #expect(try await site.accounts.authenticator.bearer(tokens.access.text) == nil)
    try await elsewhere.accounts.learnEndedSessions()

    #expect(try await elsewhere.accounts.authenticator.bearer(tokens.access.text) == nil)
    await #expect(throws: SessionError.refreshTokenRefused) {
      try await elsewhere.accounts.refresh(tokens.refresh.text)
    }
    let entry = try #require(try await site.log().last)
    #expect(entry.act == "member.suspended" && entry.actorID == margaret.member)
    #expect(entry.texts == ["reason": "Spam", "sessions": "1"])
  }

  // Fails when the password is not asked for first: the reason is told to everybody.
  @Test func `is told to who knows the password, and to nobody else`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.suspend(ada.id, because: "Too much <spam>", by: margaret)

    try await site.serve { client async throws in
      let right = try await client.send(
        .post,
        "/api/sessions",
        ["login": "ada", "password": Cast.ada.password]
      )
      #expect(right.status == .forbidden)
      #expect(right.json("type") == "/problems/suspended")
      let runs = site.passwordRuns.count
      let wrong = try await client.send(
        .post,
        "/api/sessions",
        ["login": "ada", "password": "wrong"]
      )
      let nobody = try await client.send(
        .post,
        "/api/sessions",
        ["login": "nobody", "password": "wrong"]
      )
      #expect(wrong.status == .unauthorized && nobody.status == .unauthorized)
      #expect(wrong.json("type") == nobody.json("type"))
      #expect(site.passwordRuns.count == runs + 2)
    }

    #expect(
      try await site.acts().suffix(3) == [
        "session.refused_suspended", "session.refused", "session.refused",
      ]
    )
  }

  @Test func `shows its reason on the page, as text`() async throws {
    let (site, margaret, ada) = try await pair(hasPages: true)
    try await site.accounts.suspend(ada.id, because: "Too much <spam>", by: margaret)

    try await site.serve { client async throws in
      let answer = try await TestBrowser(client).submit(
        ["login": "ada", "password": Cast.ada.password],
        from: "/sign-in"
      )
      #expect(answer.status == .forbidden)
      #expect(answer.text.contains("Too much &lt;spam&gt;"))
      #expect(answer.cookie("session") == nil)
    }
  }

  @Test func `ends with letting the member in again`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.suspend(ada.id, because: "Spam", by: margaret)

    for _ in 1...2 { try await site.accounts.unsuspend(ada.id, by: margaret) }

    try await site.serve { client async throws in _ = try await client.signIn(Cast.ada) }
    #expect(try await site.acts().filter { $0 == "member.unsuspended" }.count == 1)
  }

  @Test func `needs a reason, and is not for oneself`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.give(.administrator, to: ada.id, by: margaret)

    for reason in ["", "  ", String(repeating: "x", count: 501)] {
      await #expect(throws: Problem.self) {
        try await site.accounts.suspend(ada.id, because: reason, by: margaret)
      }
    }
    await #expect(throws: MemberError.oneself) {
      try await site.accounts.suspend(ada.id, because: "rest", by: Requester(ada))
    }
    #expect(try await Member.find(ada.id, in: site.db).isActive)
  }

  // Fails without `tell`: nothing is sent.
  @Test func `is told by mail with its reason, and so is its end`() async throws {
    let (site, margaret, ada) = try await pair()
    try await site.accounts.choose(theme: nil, language: .russian, for: ada.id)

    try await site.accounts.suspend(ada.id, because: "Spam", by: margaret)
    try await site.accounts.unsuspend(ada.id, by: margaret)
    try await site.deliver()

    let told = try #require(site.sent.mails("member.suspended").last)
    #expect(told.to == Cast.ada.email)
    #expect(told.text.contains("letters.member.suspended.text ru") && told.text.contains("Spam"))
    #expect(site.sent.mails("member.unsuspended").map(\.to) == [Cast.ada.email])
  }

  // Fails without APIToken.endAll: programs go on.
  @Test func `is not signing out everywhere, which ends sessions and tokens alone`() async throws {
    let (site, margaret, ada) = try await pair()
    let token = try await site.tokens(Cast.ada).access.text
    let program = try await site.apiToken(of: ada).secret.text
    #expect(try await site.accounts.authenticator.bearer(program) != nil)

    try await site.accounts.signOutEverywhere(ada.id, by: margaret)

    #expect(try await site.accounts.authenticator.bearer(token) == nil)
    #expect(try await site.accounts.authenticator.bearer(program) == nil)
    _ = try await site.tokens(Cast.ada)
    #expect(try await site.acts().contains("member.signed_out"))
  }
}

@Suite("Switches")
struct SwitchTests {
  private static let newcomer = [
    "username": "ada", "email": "a@example.org", "password": Cast.ada.password,
  ]

  // Fails without learning: the other node lets people in.
  @Test func `closing signing up holds on every node`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let other = try await site.another()

    try await site.accounts.turn(.signUp, on: false, by: .operatorOfServer)
    try await other.accounts.learnSwitches()

    for node in [site, other] {
      try await node.serve { client async throws in
        let answer = try await client.send(.post, "/api/members", Self.newcomer)
        #expect(answer.status == .forbidden)
        #expect(answer.json("type") == "/problems/sign-up-closed")
      }
    }
    try await site.serve { client async throws in
      let browser = TestBrowser(client)
      #expect(try await browser.get("/sign-up").status == .forbidden)
      #expect(try await browser.submit(Self.newcomer, from: "/sign-up").status == .forbidden)
    }
    #expect(try await Member.query.count(in: site.db) == 0)
  }

  @Test func `the operator and the set-up link come in anyway`() async throws {
    let site = try await TestAccounts.make()
    try await site.accounts.turn(.signUp, on: false, by: .operatorOfServer)

    try await site.accounts.createMember(
      username: "ada",
      email: "a@example.org",
      password: Cast.ada.password
    )

    #expect(try await Member.query.count(in: site.db) == 1)
  }

  @Test func `turning is recorded when something turns`() async throws {
    let site = try await TestAccounts.make()

    for isOn in [false, false, true] {
      try await site.accounts.turn(.signUp, on: isOn, by: .operatorOfServer)
    }

    #expect(try await site.acts() == ["switch.turned", "switch.turned"])
    #expect(try await site.accounts.switches().map(\.isOn) == [true, true])
    try await site.another().serve { client async throws in
      #expect(try await client.send(.post, "/api/members", Self.newcomer).status == .created)
    }
  }

  // Fails without `requireTextMessages` in `sendCode`: each is sent a code.
  @Test func `no codes are sent, whoever asks for one, until that is let again`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.accounts.turn(.textMessages, on: false, by: .operatorOfServer)
    let number = ["phone": "+79001234567", "display_name": "Ada"]

    try await site.serve { client async throws in
      let asked = try await client.send(.post, "/api/phone-codes", number)
      #expect(asked.status == .forbidden)
      #expect(asked.json("type") == "/problems/codes-not-sent")
      let token = try await client.signIn(Cast.ada).access
      let own = number.merging(["password": Cast.ada.password]) { $1 }
      let proposed = try await client.send(.post, "/api/members/me/phone-codes", own, token: token)
      #expect(proposed.json("type") == "/problems/codes-not-sent")
      let page = try await TestBrowser(client).submit(number, from: "/sign-in/phone")
      #expect(page.status == .forbidden)
    }
    #expect(try await VerificationCode.query.count(in: site.db) == 0)

    try await site.accounts.turn(.textMessages, on: true, by: .operatorOfServer)
    try await site.serve { client async throws in
      #expect(try await client.send(.post, "/api/phone-codes", number).status == .created)
    }
  }
}
