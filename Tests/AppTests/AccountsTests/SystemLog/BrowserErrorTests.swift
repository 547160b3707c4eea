import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import Accounts

@Suite("Errors from the browser")
struct BrowserErrorTests {
  private static let path = "/api/browser-errors"
  private static let error = [
    "message": "TypeError: x is undefined", "source": "/assets/app.js", "page": "/mine",
  ]

  @Test func `are recorded with page and script, and with who saw them`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve(.live) { client async throws in
      let token = try await client.signIn(Cast.ada).access
      let answer = try await client.send(.post, Self.path, Self.error, token: token)
      #expect(answer.status == .noContent)
    }

    let entry = try #require(try await site.log().last)
    #expect(entry.act == "browser.error" && entry.level == .error)
    #expect(entry.actorID == ada.id && entry.address == "127.0.0.1")
    var texts = entry.texts
    #expect(texts.removeValue(forKey: "fingerprint")?.count == 16)
    #expect(texts == Self.error)
  }

  // Fails without the look at the log: the second node records it again.
  @Test func `are recorded once an hour, whichever node is told`() async throws {
    let site = try await TestAccounts.make()
    let other = try await site.another()
    func tell(_ node: TestAccounts, _ fields: [String: String]) async throws {
      try await node.serve { client async throws in
        let answer = try await client.send(.post, Self.path, fields)
        #expect(answer.status == .noContent)
      }
    }

    for node in [site, site, other] { try await tell(node, Self.error) }
    #expect(try await site.acts() == ["browser.error"])

    try await tell(site, Self.error.merging(["message": "another"]) { $1 })
    site.clock.advance(by: .seconds(3601))
    try await tell(other, Self.error)

    #expect(try await site.acts().count == 3)
  }

  @Test func `lose the query of every address`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client async throws in
      _ = try await client.send(
        .post,
        Self.path,
        ["message": "no", "source": "/a.js?key=secret", "page": "/setup?token=secret#secret"]
      )
    }

    let entry = try #require(try await site.log().last)
    #expect(entry.texts["page"] == "/setup" && entry.texts["source"] == "/a.js")
    #expect(entry.details?.text.contains("secret") == false)
  }

  // Fails without `browserErrors` in `allowBrowserError`: the third is recorded.
  @Test func `are limited for each address`() async throws {
    var rates = CredentialRates()
    rates.browserErrors = RateLimit(2, per: .seconds(600))
    let site = try await TestAccounts.make(rates: rates)

    try await site.serve { client async throws in
      for number in 1...3 {
        let answer = try await client.send(.post, Self.path, ["message": "error \(number)"])
        #expect(answer.status == (number < 3 ? .noContent : .tooManyRequests))
      }
    }

    #expect(try await site.acts().count == 2)
  }

  // Fails without `allBrowserErrors` in `allowBrowserError`: the third is recorded.
  @Test func `are limited for all together, from however many addresses`() async throws {
    var rates = CredentialRates()
    rates.allBrowserErrors = RateLimit(2, per: .seconds(600))
    let site = try await TestAccounts.make(rates: rates)
    let proxy = [AddressRange("127.0.0.1")].compactMap { $0 }

    try await site.serve(.live, behind: proxy) { client async throws in
      for number in 1...3 {
        let answer = try await client.send(
          .post,
          Self.path,
          ["message": "error \(number)"],
          from: "198.51.100.\(number)"
        )
        #expect(answer.status == (number < 3 ? .noContent : .tooManyRequests))
      }
    }

    #expect(try await site.log().map(\.address) == ["198.51.100.1", "198.51.100.2"])
  }

  @Test func `that are huge or empty are refused`() async throws {
    let site = try await TestAccounts.make()

    try await site.serve { client async throws in
      let huge = String(repeating: "x", count: 1001)
      for fields in [["message": huge], [:], ["message": "x", "page": huge]] {
        let answer = try await client.send(.post, Self.path, fields)
        #expect(answer.status == .unprocessableContent)
      }
    }

    #expect(try await site.acts().isEmpty)
  }

  @Test func `cannot name somebody else or another act`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    try await site.serve { client async throws in
      let fields = [
        "message": "x", "actor_id": ada.id.description, "member": ada.id.description,
        "act": "member.promoted", "level": "info", "fingerprint": "0",
      ]
      _ = try await client.send(.post, Self.path, fields)
    }

    let entry = try #require(try await site.log().last)
    #expect(entry.act == "browser.error" && entry.actorID == nil && entry.subjectID == nil)
    #expect(Set(entry.texts.keys) == ["message", "fingerprint"])
  }
}
