import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("What members show of themselves")
struct ProfileTests {
  private static let path = "/api/members/me"

  @Test(arguments: Mode.allCases)
  func `a member changes name and bio, and the other apps learn of it`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.send(
        .patch,
        Self.path,
        ["display_name": " Ada King ", "bio": "Notes.\r\nLonger than the paper. "],
        token: token
      )
      #expect(answer.status == .ok)
      #expect(answer.json("display_name") == "Ada King")
      #expect(answer.json("bio") == "Notes.\nLonger than the paper.")
    }

    let row = try await Member.find(ada.id, in: site.db)
    #expect(row.displayName == "Ada King" && row.version == 2)
    #expect(row.bio == "Notes.\nLonger than the paper.")
    let changed = try await site.db.published(MemberChanged.self).map(\.member)
    #expect(changed == [row.card])
  }

  // Fails without the look at what changes: version 2 and an event.
  @Test func `what is so already is no change`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      for fields in [["display_name": "Ada Lovelace"], ["bio": ""], [:]] {
        let answer = try await client.send(.patch, Self.path, fields, token: token)
        #expect(answer.status == .ok)
      }
    }

    #expect(try await Member.find(ada.id, in: site.db).version == 1)
    #expect(try await site.db.published(MemberChanged.self).isEmpty)
  }

  @Test(arguments: [
    (["bio": String(repeating: "ж", count: 501)], ["bio too_long"]),
    (["bio": "bell\u{7}"], ["bio pattern"]),
    (["display_name": ""], ["display_name required"]),
    (["display_name": "A"], ["display_name too_short"]),
    (["display_name": "Ada\u{202E}"], ["display_name pattern"]),
  ])
  func `names every field that is wrong`(fields: [String: String], errors: [String]) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.send(.patch, Self.path, fields, token: token)
      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == errors)
    }
  }

  @Test func `nobody makes themselves more than they are`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      _ = try await client.send(
        .patch,
        Self.path,
        ["bio": "x", "is_administrator": "true", "username": "root", "version": "7"],
        token: token
      )
    }

    let row = try await Member.find(ada.id, in: site.db)
    #expect(!row.isAdministrator && row.username == "ada" && row.version == 2)
  }

  @Test func `is for members, and limited in rate`() async throws {
    var rates = CredentialRates()
    rates.profile = .init(1, per: .seconds(60))
    let site = try await TestAccounts.make(rates: rates)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let token = try await client.signIn(Cast.ada).access
      let guest = try await client.send(.patch, Self.path, ["bio": "x"])
      let first = try await client.send(.patch, Self.path, ["bio": "x"], token: token)
      let second = try await client.send(.patch, Self.path, ["bio": "y"], token: token)
      #expect(guest.status == .unauthorized)
      #expect(first.status == .ok)
      #expect(second.status == .tooManyRequests)
      #expect(second.headers[.retryAfter] != nil)
    }
  }

  @Test func `the page saves without JavaScript, and the next page has the name`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      #expect(try await browser.get("/settings").headers[.location] == "/settings/profile")
      let answer = try await browser.submit(
        ["display_name": "Ada & King", "bio": "<b>Notes</b>"],
        from: "/settings/profile"
      )
      #expect(answer.headers[.location] == "/settings/profile")
      let page = try await browser.get("/settings/profile").text
      #expect(page.contains(#"value="Ada &amp; King""#))
      #expect(page.contains("&lt;b&gt;Notes&lt;/b&gt;</textarea>"))
      // Fails when the change is not noted: the menu has the name of five seconds ago.
      #expect(page.contains(#"<span class="menu-member-name">Ada &amp; King</span>"#))
    }
  }

  @Test func `the page shows what is wrong and keeps what was typed`() async throws {
    let site = try await TestAccounts.make(hasPages: true)
    try await site.member(Cast.ada)

    try await site.serve { client in
      let browser = try await TestBrowser.signedIn(Cast.ada, client)
      let answer = try await browser.submit(
        ["display_name": "A", "bio": "Kept"],
        from: "/settings/profile"
      )
      #expect(answer.status == .unprocessableContent)
      #expect(answer.text.contains(#"aria-invalid="true""#))
      #expect(answer.text.contains("Kept</textarea>"))
    }
  }

  @Test func `guests are led to the sign-in page`() async throws {
    let site = try await TestAccounts.make(hasPages: true)

    try await site.serve { client in
      for path in ["", "/profile", "/preferences", "/privacy"] {
        let answer = try await TestBrowser(client).get("/settings\(path)")
        #expect(answer.status == .seeOther)
        #expect(answer.headers[.location]?.hasPrefix("/sign-in?return_to=%2Fsettings") == true)
      }
    }
  }

  // Fails with the columns left in place: the constraint refuses the departure.
  @Test func `nothing of it stays when the member leaves`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let form = try ProfileForm.read(from: .init(texts: [("bio", "Notes")]))
    try await site.accounts.change(ada.id, form)
    _ = try await site.tokens(Cast.ada)

    try await site.accounts.removeMember(username: "ada")

    let row = try await Member.find(ada.id, in: site.db)
    #expect(row.bio.isEmpty && row.lastSeenAt == nil && row.lastSignedInAt == nil)
  }
}
