import AccountsContract
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts
@testable import Admin

@Suite("Who comes into the panel")
struct AccessTests {
  private static let pages = [
    "/admin", "/admin/members", "/admin/log", "/admin/log/export", "/admin/jobs", "/admin/events",
    "/admin/databases", "/admin/databases/accounts/members", "/admin/settings",
  ]

  @Test func `an administrator in a browser sees every page`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      for page in Self.pages + ["/admin/members/\(ada)"] {
        let answer = try await browser.get(page)
        #expect(answer.status == .ok, "\(page)")
        #expect(!answer.text.contains("⟦"), "\(page)")
      }
    }
  }

  // Fails without asking who it is on each page: the pages show.
  @Test(arguments: [nil, Cast.ada, Cast.grace])
  func `for guests, members and moderators there is none`(person: CastMember?) async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, person)
      for page in Self.pages + ["/admin/members/\(ada)"] {
        #expect(try await browser.get(page).status == .notFound, "\(page)")
      }
    }
  }

  @Test(arguments: [nil, Cast.ada, Cast.grace])
  func `nor does any act`(person: CastMember?) async throws {
    let panel = try await TestPanel.make()
    let (ada, margaret) = (try await panel.id(Cast.ada), try await panel.id(Cast.margaret))
    let acts: [(path: String, fields: [String: String])] = [
      ("/admin/members/\(ada)/roles", ["role": "administrator", "given": "true"]),
      ("/admin/members/\(margaret)/roles", ["role": "administrator", "given": "false"]),
      ("/admin/members/\(margaret)/suspension", ["reason": "no"]),
      ("/admin/members/\(ada)/suspension/end", [:]),
      ("/admin/members/\(margaret)/sign-out", [:]),
      ("/admin/jobs/\(ada)/retry", [:]), ("/admin/jobs/\(ada)/cancel", [:]),
      ("/admin/events/\(ada)/retry", [:]), ("/admin/events/\(ada)/skip", ["consumer": "x"]),
      ("/admin/log/verify", [:]), ("/admin/switches/sign_up", ["on": "false"]),
    ]

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, person)
      let page = person == nil ? "/sign-in" : "/notices"
      for act in acts {
        let answer = try await browser.submit(act.fields, from: page, to: act.path)
        #expect(answer.status == .notFound, "\(act.path)")
      }
    }

    #expect(try await panel.accounts.record(of: ada)?.roles == [])
    #expect(try await panel.accounts.record(of: margaret)?.roles == [.administrator])
    #expect(try await panel.accounts.switches().map(\.isOn) == [true])
  }

  @Test func `a token opens nothing, whoever it is of`() async throws {
    let panel = try await TestPanel.make()
    let margaret = try #require(try await Member.withLogin("margaret", in: panel.db))
    let token = try await panel.accounts.openAPISession(
      of: margaret,
      from: SessionOrigin(userAgent: "", address: nil)
    ).access.text

    try await panel.serve { client async throws in
      for page in Self.pages {
        let answer = try await client.execute(
          uri: page,
          method: .get,
          headers: [.authorization: "Bearer \(token)"]
        )
        #expect(answer.status == .notFound, "\(page)")
      }
    }
  }

  @Test func `an act needs the token of a page`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let cookies = browser.cookieHeader
      let answer = try await client.execute(
        uri: "/admin/members/\(ada)/sign-out",
        method: .post,
        headers: [
          .cookie: cookies, .contentType: "application/x-www-form-urlencoded",
          .origin: "https://evil.example",
        ]
      )
      #expect(answer.status == .forbidden)
    }
  }

  @Test func `who loses the role loses the panel within seconds`() async throws {
    let panel = try await TestPanel.make()
    let grace = try await panel.id(Cast.grace)
    try await panel.accounts.give(.administrator, to: grace, by: .operatorOfServer)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.grace)
      #expect(try await browser.get("/admin").status == .ok)
      try await panel.accounts.take(.administrator, from: grace, by: .operatorOfServer)
      panel.clock.advance(by: .seconds(6))
      #expect(try await browser.get("/admin").status == .notFound)
    }
  }
}
