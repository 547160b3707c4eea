import AccountsContract
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("The time to change one's mind")
struct GraceTests {
  private static let path = "/api/members/me"

  @Test func `who asks to leave is there until the time of grace is over`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.leave(Cast.ada, token)
      #expect(answer.status == .accepted)
      #expect(answer.json("departs_at")?.hasPrefix("2026-03-15T12:00:00") == true)
    }
    site.clock.advance(by: .seconds(14 * 86_400 - 1))
    try await site.accounts.finishDepartures()
    #expect(try await site.stored(ada).departedAt == nil)

    site.clock.advance(by: .seconds(1))
    try await site.accounts.finishDepartures()

    let row = try await site.stored(ada)
    #expect(row.departedAt == site.clock.now && row.departsAt == nil)
    #expect(try await site.db.published(MemberDeparted.self).map(\.member) == [ada.id])
  }

  @Test func `asking again does not move the day`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.leave(Cast.ada, ada)
    let day = try await site.stored(ada).departsAt
    site.clock.advance(by: .seconds(86_400))

    try await site.accounts.leave(Cast.ada, ada)

    #expect(try await site.stored(ada).departsAt == day)
    try await site.deliver()
    #expect(site.sent.mails("departure.begun").count == 1)
  }

  @Test func `the member is told by mail, by notice and in the log`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.accounts.leave(Cast.ada, ada)

    try await site.deliver()
    let mail = try #require(site.sent.mails("departure.begun").first)
    #expect(mail.to == Cast.ada.email)
    #expect(mail.text.contains("date="))
    #expect(try await site.notices(of: ada).map(\.kind) == ["departure.begun"])
    #expect(try await site.acts(about: ada.id).last == "departure.begun")
  }

  @Test func `who changes their mind stays`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.leave(Cast.ada, ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let answers = [
        try await client.send(.delete, "\(Self.path)/departure", token: token),
        try await client.send(.delete, "\(Self.path)/departure", token: token),
      ]
      #expect(answers.map(\.status) == [.noContent, .noContent])
    }
    site.clock.advance(by: .seconds(30 * 86_400))
    try await site.accounts.finishDepartures()

    #expect(try await site.stored(ada).departedAt == nil)
    let acts = try await site.acts(about: ada.id)
    #expect(acts.filter { $0 == "departure.ended" }.count == 1)
  }

  // Fails without asking under the lock: the member who stays is gone.
  @Test func `a change of mind while the departure is being finished counts`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.accounts.leave(Cast.ada, ada)
    site.clock.advance(by: .seconds(14 * 86_400))

    try await withThrowingTaskGroup(of: Void.self) { group in
      try await site.db.database.transaction { tx in
        _ = try await tx.write("update members set departs_at = null")
        group.addTask { try await site.accounts.finishDepartures() }
        try await eventually("the departure waits for the member") {
          try await site.db.read(
            """
            select count(*)::int from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'
            """
          )[0].decode(Int.self, at: 0) == 1
        }
      }
      try await group.waitForAll()
    }

    #expect(try await site.stored(ada).departedAt == nil)
  }

  @Test func `the last administrator cannot ask, and stays when all others are gone`() async throws
  {
    let site = try await TestAccounts.make()
    for person in [Cast.margaret, Cast.ada] {
      try await site.member(person)
      try await site.accounts.promote(username: person.username)
    }
    let ada = try #require(try await site.accounts.memberID(login: "ada"))
    try await site.accounts.leave(Cast.ada, try await Member.find(ada, in: site.db))
    try await site.accounts.removeMember(username: "margaret")
    site.clock.advance(by: .seconds(14 * 86_400))

    try await site.accounts.finishDepartures()

    let stored = try await Member.find(ada, in: site.db)
    #expect(stored.departedAt == nil && stored.departsAt == nil)
    #expect(try await site.notices(of: stored).map(\.kind).contains("departure.refused"))
    await #expect(throws: MemberError.lastAdministrator) {
      try await site.accounts.leave(Cast.ada, stored)
    }
  }

  @Test func `a member without a password needs none`() async throws {
    let site = try await TestAccounts.make()
    try await site.serve { client in
      let (id, code) = try await site.code(for: "+79991234567", client, ["display_name": "Ada"])
      let entered = try await client.send(.post, "/api/phone-codes/\(id)/sessions", ["code": code])
      let token = try #require(entered.json("access_token"))

      let answer = try await client.send(.delete, Self.path, json: "{}", token: token)

      #expect(answer.status == .accepted)
    }
  }

  @Test func `every page says that the account is going to be deleted`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
      let page = "/settings/data"
      let begun = try await browser.submit(
        ["password": Cast.ada.password],
        from: page,
        to: "\(page)/departure"
      )
      #expect(begun.headers[.location] == page)
      #expect(try await browser.get("/settings/profile").text.contains("page-banner"))

      let ended = try await browser.submit([:], from: page, to: "\(page)/departure/end")

      #expect(ended.headers[.location] == page)
      #expect(try await !browser.get("/settings/profile").text.contains("page-banner"))
    }
  }

  @Test func `the page refuses a wrong password and says so`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser(client).signedIn(as: Cast.ada)
      let answer = try await browser.submit(
        ["password": "not my password"],
        from: "/settings/data",
        to: "/settings/data/departure"
      )
      #expect(answer.status == .forbidden)
      #expect(answer.text.contains("data-form-error"))
    }

    #expect(try await site.stored(ada).departsAt == nil)
  }
}

extension TestClientProtocol {
  fileprivate func leave(_ person: CastMember, _ token: String) async throws -> TestResponse {
    try await send(.delete, "/api/members/me", ["password": person.password], token: token)
  }
}

extension Accounts {
  fileprivate func leave(_ person: CastMember, _ member: Member) async throws {
    _ = try await beginDeparture(
      of: member.id,
      password: person.password,
      in: .english,
      from: .tests
    )
  }
}
