import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("The page of a member")
struct MemberPageTests {
  @Test(arguments: Mode.allCases)
  func `everybody sees the name, the bio and when she joined, nothing private`(
    mode: Mode
  ) async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    let form = try ProfileForm.read(from: .init(texts: [("bio", "One & two\nthree")]))
    try await site.accounts.change(ada.id, form)

    try await site.serve(mode) { client in
      let page = try await TestBrowser(client).get("/members/ADA")
      #expect(page.status == .ok)
      #expect(page.text.contains("Ada Lovelace") && page.text.contains("@ada"))
      #expect(page.text.contains("One &amp; two\nthree"))
      #expect(page.text.contains("In the artel since"))
      #expect(page.text.contains("/members/ada/posts"))
      #expect(!page.text.contains("example.org") && !page.text.contains("/members/ada/block"))

      let answer = try await client.send(.get, "/api/members/ada")
      #expect(
        answer.jsonNames == [
          "id", "username", "display_name", "bio", "avatar", "joined_at", "last_seen",
        ]
      )
      #expect(answer.json("last_seen") == nil)
    }
  }

  @Test func `nobody and who departed are answered alike`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    let ada = try await site.member(Cast.ada)
    try await site.accounts.removeMember(username: "ada")

    try await site.serve { client in
      for name in ["ada", "nobody1", "departed-\(ada.id)", "ada%40example.org", "a", "%00"] {
        let answer = try await client.send(.get, "/api/members/\(name)")
        #expect(answer.status == .notFound, "\(name)")
        #expect(try await TestBrowser(client).get("/members/\(name)").status == .notFound)
      }
    }
  }

  @Test func `says roughly when she was here`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    _ = try await site.tokens(Cast.ada)
    try await site.writeSightings()

    try await site.serve { client in
      let now = try await client.send(.get, "/api/members/ada")
      #expect(now.json("last_seen") == "now")
      site.clock.advance(by: .seconds(3 * 86_400))
      let later = try await client.send(.get, "/api/members/ada")
      #expect(later.json("last_seen") == "week")
      let page = try await TestBrowser(client).get("/members/ada").text
      #expect(page.contains("Here within the last week"))
    }
  }

  @Test func `takes one statement, and one for who follows`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      try await expectStatements(atMost: 1, atLeast: 1) {
        _ = try await client.send(.get, "/api/members/ada")
      }
      let browser = try await TestBrowser.signedIn(Cast.grace, client)
      _ = try await browser.get("/sign-in")
      try await expectStatements(atMost: 2, atLeast: 2) {
        _ = try await browser.get("/members/ada")
      }
    }
  }

  @Test func `members block and mute by its buttons, not themselves`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.grace, client)
      let own = try await browser.get("/members/grace").text
      #expect(own.contains("/settings/profile\"") && !own.contains("/members/grace/block"))

      let before = try await browser.get("/members/ada").text
      #expect(before.contains("/members/ada/block") && before.contains("/members/ada/mute"))
      let answer = try await browser.submit([:], from: "/members/ada", to: "/members/ada/block")
      #expect(answer.headers[.location] == "/members/ada")
      let after = try await browser.get("/members/ada").text
      #expect(after.contains("You have blocked this member."))
      #expect(after.contains("/members/ada/unblock"))

      let undone = try await browser.submit(
        ["return_to": "/settings/privacy"],
        from: "/members/ada",
        to: "/members/ada/unblock"
      )
      #expect(undone.headers[.location] == "/settings/privacy")
      #expect(try await Block.query.count(in: site.db) == 0)
    }
  }

  @Test func `goes back to this site only`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)
    try await site.member(Cast.grace)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.grace, client)
      let answer = try await browser.submit(
        ["return_to": "//evil.example"],
        from: "/members/ada",
        to: "/members/ada/mute"
      )
      #expect(answer.headers[.location] == "/")
    }
  }
}
