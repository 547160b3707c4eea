import AccountsContract
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Admin

@Suite("The system log in the panel")
struct LogPagesTests {
  @Test func `is filtered, and names who did what`() async throws {
    let panel = try await TestPanel.make()

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let all = try await browser.get("/admin/log").text
      #expect(all.contains("session.opened") && all.contains(Cast.grace.displayName))
      let roles = try await browser.get("/admin/log?act=member.made_moderator").text
      #expect(roles.contains(Cast.grace.displayName) && !roles.contains(">session.opened<"))
      let ofAda = try await browser.get("/admin/log?member=ada").text
      #expect(ofAda.contains("member.joined") && !ofAda.contains(Cast.grace.displayName))
      let warnings = try await browser.get("/admin/log?level=warning").text
      #expect(!warnings.contains(">member.joined<") && warnings.contains(">member.promoted<"))
      let later = try await browser.get("/admin/log?since=2100-01-01").text
      #expect(!later.contains("admin-entry-head"))
      let nobody = try await browser.get("/admin/log?member=nobody").text
      #expect(!nobody.contains("admin-entry-head"))
      #expect(try await browser.get("/admin/log?since=soon").status == .unprocessableContent)
    }
  }

  @Test func `shows what outsiders wrote as text`() async throws {
    let panel = try await TestPanel.make()
    try await panel.db.database.transaction { tx in
      tx.record(
        .browserError,
        by: nil,
        about: nil,
        from: SessionOrigin(userAgent: "<script>alert(1)</script>", address: "192.0.2.1"),
        details: ["message": "<img src=x onerror=alert(1)>"]
      )
    }

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let text = try await browser.get("/admin/log?act=browser").text
      #expect(text.contains("&lt;img src=x") && text.contains("&lt;script&gt;alert(1)"))
      #expect(!text.contains("<img src=x") && !text.contains("<script>alert"))
    }
  }

  // Fails without the filter handed on: the file has everything.
  @Test func `is saved whole over many batches, and that is recorded`() async throws {
    let panel = try await TestPanel.make()
    for number in 1...1203 {
      try await panel.db.database.transaction { tx in
        tx.record(
          Act("easel.painted"),
          by: nil,
          about: nil,
          from: nil,
          details: ["number": "\(number)"]
        )
      }
    }

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let answer = try await browser.get("/admin/log/export?format=jsonl&act=easel.painted")
      let lines = answer.text.split(separator: "\n")
      #expect(lines.count == 1203)
      let first = try JSONValue(parsing: lines[0].utf8)
      guard case .object(let entry) = first else { throw CancellationError() }
      #expect(entry["act"] == .string("easel.painted"))
      #expect(entry["details"] == .object(["number": .string("1203")]))
      #expect(answer.headers[.contentDisposition]?.contains("attachment") == true)
    }

    let saved = try #require(try await panel.acts().last)
    #expect(saved.act == "log.exported" && saved.texts["format"] == "jsonl")
  }

  @Test func `is no formula in a spreadsheet`() async throws {
    let panel = try await TestPanel.make()
    try await panel.db.database.transaction { tx in
      tx.record(
        .browserError,
        by: nil,
        about: nil,
        from: SessionOrigin(userAgent: "=cmd|' /C calc'!A0,\"x\"", address: nil)
      )
    }

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let answer = try await browser.get("/admin/log/export?format=csv&act=browser.error")
      let lines = answer.text.split(separator: "\r\n")
      #expect(lines.count == 2 && lines[0].hasPrefix("position,at,level,act"))
      #expect(lines[1].contains("\"'=cmd|' /C calc'!A0,\"\"x\"\"\""))
    }
  }

  @Test func `says whether it is whole`() async throws {
    let panel = try await TestPanel.make()

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let whole = try await browser.submit([:], from: "/admin/log", to: "/admin/log/verify")
      #expect(whole.text.contains("are as they were recorded"))
      try await panel.db.write(
        "update system_log_entries set act = 'easel.broken' where position = 3"
      )
      let broken = try await browser.submit([:], from: "/admin/log", to: "/admin/log/verify")
      #expect(broken.text.contains("Entry 3 is not as it was recorded"))
    }

    // Fails without the entry in `verify`.
    let walks = try await panel.acts().filter { $0.act == "log.verified" }
    #expect(walks.count == 2 && walks.allSatisfy { $0.actorID != nil })
  }

  @Test func `goes on with older entries`() async throws {
    let panel = try await TestPanel.make()
    for _ in 1...60 {
      try await panel.db.database.transaction { tx in
        tx.record(Act("easel.painted"), by: nil, about: nil, from: nil)
      }
    }

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let first = try await browser.get("/admin/log?act=easel.painted").text
      let next = try #require(first.firstMatch(of: /rel="next" href="([^"]+)"/)?.1)
      let second = try await browser.get(String(next).replacing("&amp;", with: "&")).text
      #expect(first.matches(of: /admin-entry-head/).count == 50)
      #expect(second.matches(of: /admin-entry-head/).count == 10)
    }
  }
}
