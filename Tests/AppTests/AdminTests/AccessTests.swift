import AccountsContract
import ArtelTesting
import ArtelWeb
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
      ("/admin/members/\(margaret)/sessions/end", ["session": "\(margaret)"]),
      ("/admin/members/\(margaret)/sign-out", [:]),
      ("/admin/members/\(ada)/password-reset", [:]),
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
    #expect(try await panel.accounts.switches().map(\.isOn) == [true, true])
  }

  @Test func `a token opens nothing, whoever it is of`() async throws {
    let panel = try await TestPanel.make()
    let margaret = try #require(try await Member.withLogin("margaret", in: panel.db))
    let origin = SessionOrigin(userAgent: "", address: nil)
    guard
      case .opened(let tokens) = try await panel.accounts.enter(as: Entrant(margaret), from: origin)
    else { preconditionFailure("Margaret has a second factor.") }

    try await panel.serve { client async throws in
      for page in Self.pages {
        let answer = try await client.execute(
          uri: page,
          method: .get,
          headers: [.authorization: "Bearer \(tokens.access.text)"]
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

  // Fails without `rule.check` in WebContext.administrator: pages open and acts are done.
  @Test func `wants a proof that is not old, and leads back to the page`() async throws {
    let panel = try await TestPanel.make()
    let ada = try await panel.id(Cast.ada)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      panel.clock.advance(by: .seconds(12 * 3600))

      let page = try await browser.get("/admin/members?q=ada")
      #expect(page.status == .seeOther)
      #expect(page.headers[.location] == "/sign-in/again?return_to=%2Fadmin%2Fmembers%3Fq%3Dada")
      #expect(try await browser.get("/admin/mailbox").status == .seeOther)
      let act = try await browser.submit(
        ["reason": "no"],
        from: "/notices",
        to: "/admin/members/\(ada)/suspension"
      )
      #expect(act.headers[.location] == "/sign-in/again?return_to=%2F")
      #expect(try await panel.accounts.record(of: ada)?.suspendedAt == nil)

      let proved = try await browser.submit(
        ["password": Cast.margaret.password, "next": "/admin/members?q=ada"],
        from: "/sign-in/again",
        to: "/sign-in/again"
      )
      #expect(proved.headers[.location] == "/admin/members?q=ada")
      #expect(try await browser.get("/admin/members?q=ada").status == .ok)
    }
  }

  // Fails without `needsSecondFactor` in ProofRule.check: the password is enough.
  @Test func `wants a second factor where the operator says so`() async throws {
    let panel = try await TestPanel.make(proof: ProofRule(needsSecondFactor: true))
    let margaret = try await panel.id(Cast.margaret)

    try await panel.serve { client async throws in
      let browser = try await panel.browser(client, Cast.margaret)
      let led = try #require(try await browser.get("/admin").headers[.location])
      #expect(led == "/sign-in/again?return_to=%2Fadmin&second_factor=true")
      let page = try await browser.get(led).text
      #expect(page.contains("/settings/two-factor") && !page.contains(#"name="password""#))
      // The password proves who it is, but is no second factor.
      _ = try await browser.submit(
        ["password": Cast.margaret.password, "second_factor": "true"],
        from: led,
        to: "/sign-in/again"
      )
      #expect(try await browser.get("/admin").status == .seeOther)

      let code = try await panel.setUpCode(of: margaret)
      let done = try await browser.submit(
        ["code": code],
        from: "/settings/two-factor",
        to: "/settings/two-factor/confirm"
      )
      #expect(done.status == .ok)
      #expect(try await browser.get("/admin").status == .ok)
    }
  }
}
