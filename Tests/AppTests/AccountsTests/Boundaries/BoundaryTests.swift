import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Blocking and muting")
struct BoundaryTests {
  @Test(arguments: Mode.allCases)
  func `a member blocks another one once, and takes it back once`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    let path = "/api/members/grace/block"

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      for _ in 0..<2 {
        #expect(try await client.send(.put, path, token: token).status == .noContent)
      }
      let list = try await client.send(.get, "/api/blocks", token: token)
      #expect(list.text.contains(#""username":"grace""#))
      let blocks = try await site.accounts.blocks(of: grace.id, among: [ada.id])
      #expect(blocks == [MemberBlock(by: ada.id, of: grace.id)])
      for _ in 0..<2 {
        #expect(try await client.send(.delete, path, token: token).status == .noContent)
      }
      #expect(try await client.send(.get, "/api/blocks", token: token).text.contains("[]"))
    }

    let blocked = try await site.db.published(MemberBlocked.self)
    #expect(blocked.map(\.member) == [ada.id] && blocked.map(\.blocked) == [grace.id])
    let unblocked = try await site.db.published(MemberUnblocked.self)
    #expect(unblocked.map(\.unblocked) == [grace.id])
  }

  @Test func `muting tells nobody`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      _ = try await client.send(.put, "/api/members/grace/mute", token: token)
      let list = try await client.send(.get, "/api/mutes", token: token)
      #expect(list.text.contains(#""username":"grace""#))
    }

    #expect(try await site.accounts.mutes(by: ada.id, among: [grace.id]) == [grace.id])
    #expect(try await site.accounts.mutes(by: grace.id, among: [ada.id]).isEmpty)
    #expect(try await site.accounts.blocks(of: ada.id, among: [grace.id]).isEmpty)
    #expect(try await site.db.published(MemberBlocked.self).isEmpty)
  }

  @Test(arguments: ["block", "mute"])
  func `oneself, nobody and guests are refused`(verb: String) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let oneself = try await client.send(.put, "/api/members/Ada/\(verb)", token: token)
      #expect(oneself.status == .conflict)
      #expect(oneself.json("type") == "/problems/oneself")
      let nobody = try await client.send(.put, "/api/members/nobody1/\(verb)", token: token)
      #expect(nobody.status == .notFound)
      let guest = try await client.send(.put, "/api/members/ada/\(verb)")
      #expect(guest.status == .unauthorized)
    }
    #expect(try await Block.query.count(in: site.db) == 0)
  }

  @Test func `others do not see whom a member blocked`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.member(Cast.grace)
    try await site.accounts.draw(.block, between: ada.id, and: "grace")

    try await site.serve { client in
      let token = try await client.signIn(Cast.grace).access
      #expect(try await client.send(.get, "/api/blocks", token: token).text.contains("[]"))
      let page = try await client.send(.get, "/api/members/ada", token: token)
      #expect(page.status == .ok && !page.text.contains("block"))
    }
  }

  @Test func `is limited in rate`() async throws {
    var rates = CredentialRates()
    rates.boundary = .init(2, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      var statuses: [HTTPResponse.Status] = []
      for method in [HTTPRequest.Method.put, .delete, .put] {
        statuses.append(
          try await client.send(method, "/api/members/grace/block", token: token).status
        )
      }
      #expect(statuses == [.noContent, .noContent, .tooManyRequests])
    }
  }

  // Fails without the conditions in the statement that stores: each is told.
  @Test func `nobody is told of what those do whom they muted, or who are blocked`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let others = [Cast.grace, Cast.linus, Cast.margaret]
    var ids: [MemberID] = []
    for person in others { ids.append(try await site.member(person).id) }
    try await site.accounts.draw(.mute, between: ada.id, and: "grace")
    try await site.accounts.draw(.block, between: ada.id, and: "linus")
    try await site.accounts.draw(.block, between: ids[2], and: "ada")

    for actor in ids { try await site.tell(ada, causedBy: actor) }
    #expect(try await site.notices(of: ada).isEmpty)

    try await site.accounts.lift(.mute, between: ada.id, and: "grace")
    for actor in ids { try await site.tell(ada, causedBy: actor) }
    #expect(try await site.notices(of: ada).count == 1)
  }

  // Fails without the deletion in depart: the rows stay, as the member's row does.
  @Test func `go with either of the two`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    for boundary in Boundary.allCases {
      try await site.accounts.draw(boundary, between: ada.id, and: "grace")
      try await site.accounts.draw(boundary, between: grace.id, and: "ada")
    }

    try await site.accounts.removeMember(username: "grace")

    #expect(try await Block.query.count(in: site.db) == 0)
    #expect(try await Mute.query.count(in: site.db) == 0)
    await #expect(throws: Problem.self) {
      try await site.accounts.draw(.block, between: ada.id, and: "grace")
    }
  }

  @Test func `the page lists both and undoes each without JavaScript`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.member(Cast.grace)
    try await site.member(Cast.linus)
    try await site.accounts.draw(.block, between: ada.id, and: "grace")
    try await site.accounts.draw(.mute, between: ada.id, and: "linus")

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let page = try await browser.get("/settings/privacy").text
      #expect(page.contains("/members/grace/unblock") && page.contains("/members/linus/unmute"))
      let answer = try await browser.submit(
        ["return_to": "/settings/privacy"],
        from: "/settings/privacy",
        to: "/members/grace/unblock"
      )
      #expect(answer.headers[.location] == "/settings/privacy")
      let after = try await browser.get("/settings/privacy").text
      #expect(after.contains("You have blocked nobody."))
      #expect(after.contains("/members/linus/unmute"))
    }
  }
}

extension TestAccounts {
  /// Tells a member that somebody made an easel ready.
  fileprivate func tell(_ member: Member, causedBy actor: MemberID) async throws {
    let notice = Notice(
      memberID: member.id,
      app: Atelier.context,
      kind: NoticeKind.easelReady.name,
      createdAt: clock.now
    )
    try await db.database.transaction { tx in
      try await accounts.give(notice, causedBy: actor, in: tx)
    }
  }
}
