import AccountsContract
import ArtelModel
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Admin

@Suite("Members in the panel")
struct MemberPagesTests {
  @Test func `are found by any part of names, addresses and numbers, and by what they are`()
    async throws
  {
    let panel = try await TestPanel.make()
    try await panel.db.write(
      """
      update members set phone = '+79001234567', display_name = 'Mikhail Daniel'
      where username = \(Cast.grace.username)
      """
    )

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      func names(_ query: String) async throws -> [Bool] {
        let text = try await browser.get("/admin/members?\(query)").text
        return [Cast.ada, Cast.grace, Cast.margaret].map {
          text.contains("<p class=\"admin-soft\">@\($0.username) ")
        }
      }
      #expect(try await names("") == [true, true, true])
      #expect(try await names("q=AD") == [true, false, false])
      #expect(try await names("q=grace%40") == [false, true, false])
      #expect(try await names("q=%D0%B0%D0%B4%D0%B0") == [true, false, false])
      #expect(try await names("q=9001234") == [false, true, false])
      // Whole words have other keys than their beginnings.
      for part in ["mik", "dani", "%D0%BC%D0%B8%D1%85%D0%B0%D0%B8%D0%BB"] {
        #expect(try await names("q=\(part)") == [false, true, false], "\(part)")
      }
      #expect(try await names("q=%25") == [false, false, false])
      #expect(try await names("part=administrators") == [false, false, true])
      #expect(try await names("part=moderators") == [false, true, false])
      #expect(try await names("part=suspended") == [false, false, false])
    }
  }

  @Test func `come page by page`() async throws {
    let panel = try await TestPanel.make()
    for number in 1...40 {
      try await panel.accounts.createMember(
        username: "member\(number)",
        email: "m\(number)@example.org",
        password: Cast.ada.password
      )
    }

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let first = try await browser.get("/admin/members").text
      let next = try #require(first.firstMatch(of: /rel="next" href="([^"]+)"/)?.1)
      let second = try await browser.get(String(next).replacing("&amp;", with: "&")).text
      let names = [first, second].map { text in
        text.matches(of: /<p class="admin-soft">@([a-z0-9]+)/).map { String($0.1) }
      }
      #expect(names[0].count == 30 && names[1].count == 13)
      #expect(Set(names[0]).isDisjoint(with: names[1]))
      #expect(!second.contains("rel=\"next\""))
    }
  }

  @Test func `are suspended with a reason, signed out, and let in again`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    let page = "/admin/members/\(ada)"

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let guest = try await panel.browser(client, Cast.ada)
      #expect(try await guest.get("/notices").status == .ok)

      let answer = try await browser.submit(
        ["reason": "Rude <b>words</b>"],
        from: page,
        to: "\(page)/suspension"
      )
      #expect(answer.status == .seeOther)
      #expect(try await guest.get("/notices").status != .ok)
      let text = try await browser.get(page).text
      #expect(text.contains("Rude &lt;b&gt;words&lt;/b&gt;"))
      #expect(text.contains("/suspension/end"))

      _ = try await browser.submit([:], from: page, to: "\(page)/suspension/end")
      #expect(try await panel.accounts.record(of: ada)?.suspendedAt == nil)
    }

    let entries = try await panel.acts().filter { $0.subjectID == ada && $0.actorID != ada }
    #expect(entries.map(\.act).suffix(2) == ["member.suspended", "member.unsuspended"])
    let margaret = try await panel.id(Cast.margaret)
    #expect(entries.suffix(2).allSatisfy { $0.actorID == margaret })
  }

  // Fails without the member in `end`: anybody's session ends on anybody's page.
  @Test func `lose one session and keep the others`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    let page = "/admin/members/\(ada)"

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let first = try await panel.browser(client, Cast.ada)
      let session = try await panel.accounts.sessions(of: ada, limit: 1)[0].id
      let second = try await panel.browser(client, Cast.ada)
      let fields = ["session": session.description]

      let elsewhere = "/admin/members/\(try await panel.id(Cast.grace))"
      let wrong = try await browser.submit(fields, from: page, to: "\(elsewhere)/sessions/end")
      #expect(wrong.status == .notFound)
      #expect(try await first.get("/notices").status == .ok)
      let answer = try await browser.submit(fields, from: page, to: "\(page)/sessions/end")
      #expect(answer.status == .seeOther)
      #expect(try await first.get("/notices").status != .ok)
      #expect(try await second.get("/notices").status == .ok)
    }

    #expect(try await panel.acts().filter { $0.act == "member.signed_out" }.count == 1)
  }

  @Test func `are not suspended without a reason, nor by themselves`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    let margaret = try await panel.id(Cast.margaret)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      for (id, reason, text) in [
        (ada, "", "1 to 500"), (margaret, "no", "another administrator"),
      ] {
        let page = "/admin/members/\(id)"
        _ = try await browser.submit(["reason": reason], from: page, to: "\(page)/suspension")
        #expect(try await browser.get(page).text.contains(text))
      }
    }

    #expect(try await Member.where { $0.suspendedAt != nil }.count(in: panel.db) == 0)
  }

  @Test func `get and lose roles, but the last administrator stays`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    let margaret = try await panel.id(Cast.margaret)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let page = "/admin/members/\(ada)"
      _ = try await browser.submit(
        ["role": "moderator", "given": "true"],
        from: page,
        to: "\(page)/roles"
      )
      #expect(try await panel.accounts.record(of: ada)?.roles == [.moderator])
      let own = "/admin/members/\(margaret)"
      _ = try await browser.submit(
        ["role": "administrator", "given": "false"],
        from: own,
        to: "\(own)/roles"
      )
      #expect(try await browser.get(own).text.contains("last administrator"))
    }

    #expect(try await panel.accounts.record(of: margaret)?.roles == [.administrator])
  }

  @Test func `who have asked to leave are shown with their day`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    _ = try await panel.accounts.beginDeparture(
      of: ada,
      password: Cast.ada.password,
      in: .english,
      from: nil
    )

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      #expect(try await browser.get("/admin/members/\(ada)").text.contains("Has asked to leave"))
      let margaret = try await panel.id(Cast.margaret)
      #expect(!(try await browser.get("/admin/members/\(margaret)").text.contains("Has asked")))
    }
  }

  @Test func `who are not there are not found`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    try await panel.accounts.removeMember(username: "ada")

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      #expect(try await browser.get("/admin/members/\(ada)").status == .notFound)
      #expect(try await browser.get("/admin/members/nonsense").status == .notFound)
      let answer = try await browser.submit(
        [:],
        from: "/admin",
        to: "/admin/members/\(ada)/sign-out"
      )
      #expect(answer.status == .notFound)
    }
  }

  @Test func `get a letter for a new password`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)
    let page = "/admin/members/\(ada)"

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      #expect(try await browser.get(page).text.contains("\(page)/password-reset"))
      let answer = try await browser.submit([:], from: page, to: "\(page)/password-reset")
      #expect(answer.headers[.location] == page)
      #expect(try await browser.get(page).text.contains("letter is on its way"))
      try await panel.accounts.suspend(ada, because: "Spam", by: .operatorOfServer)
      #expect(try await !browser.get(page).text.contains("\(page)/password-reset"))
      _ = try await browser.submit([:], from: page, to: "\(page)/password-reset")
      #expect(try await browser.get(page).text.contains("no address to write to"))
    }

    #expect(try await panel.acts().filter { $0.act == "password.reset_offered" }.count == 1)
  }

  @Test func `with a role and no second factor are marked`() async throws {
    let panel = try await TestPanel.make()
    let margaret = try await panel.id(Cast.margaret)
    let mark = "No second factor"

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      // Margaret and Grace, and not Ada.
      #expect(
        try await browser.get("/admin/members").text.matches(of: /No second factor/).count == 2
      )
      #expect(try await browser.get("/admin").text.contains("/settings/two-factor"))
      let code = try await panel.setUpCode(of: margaret)
      _ = try await browser.submit(
        ["code": code],
        from: "/settings/two-factor",
        to: "/settings/two-factor/confirm"
      )
      #expect(try await !browser.get("/admin/members/\(margaret)").text.contains(mark))
      #expect(try await !browser.get("/admin").text.contains("/settings/two-factor"))
    }
  }
}
