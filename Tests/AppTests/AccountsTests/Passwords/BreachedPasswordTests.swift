import ArtelModel
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Passwords known from breaches")
struct BreachedPasswordTests {
  private static let breached = "correct zebra staple fjord"

  /// Where somebody chooses a password.
  enum Place: CaseIterable {
    case signingUp, settings, reset, page, setup
  }

  private func withSite(_ body: (TestAccounts, URL) async throws -> Void) async throws {
    try await TestAccounts.withBreachedPasswords([Self.breached]) { file in
      let site = try await TestAccounts.make(hasPages: true, breachedPasswords: file.path)
      try await body(site, file)
    }
  }

  private func isWarned(_ member: Member, on site: TestAccounts) async throws -> Bool {
    try await site.deliver()
    let isRecorded = try await site.acts(about: member.id).contains("password.breached")
    let isTold = try await site.notices(of: member).contains { $0.kind == "password.breached" }
    let isWritten = !site.sent.mails("password.breached").isEmpty
    try #require(isRecorded == isTold && isTold == isWritten)
    return isTold
  }

  private func choose(
    _ password: String,
    at place: Place,
    of site: TestAccounts,
    _ client: any TestClientProtocol
  ) async throws -> TestResponse {
    let grace = [
      "username": "grace", "display_name": "Grace", "email": "grace@example.org",
      "password": password,
    ]
    switch place {
    case .signingUp:
      return try await client.send(.post, "/api/members", grace)
    case .settings:
      let token = try await client.signIn(Cast.ada).access
      let fields = ["current_password": Cast.ada.password, "password": password]
      return try await client.send(.put, "/api/members/me/password", fields, token: token)
    case .reset:
      let token = try await site.resetToken(for: Cast.ada, client)
      let fields = ["token": token, "password": password]
      return try await client.send(.put, "/api/password-resets", fields)
    case .page:
      return try await TestBrowser(client).submit(grace, from: "/sign-up")
    case .setup:
      let path = try #require(try await site.accounts.setupPath())
      let token = String(path.drop { $0 != "=" }.dropFirst())
      return try await TestBrowser(client).submit(
        grace.merging(["token": token]) { $1 },
        from: path
      )
    }
  }

  // Fails at each place that hashes a chosen password without `hash(ofChosen:)`.
  @Test(arguments: Place.allCases)
  func `are refused wherever one is chosen, before any hash`(place: Place) async throws {
    try await withSite { site, _ in
      if place != .setup { try await site.member(Cast.ada) }
      try await site.serve { client in
        let signIns = place == .settings ? 2 : 0
        let runs = site.passwordRuns.count
        let answer = try await choose(Self.breached, at: place, of: site, client)

        #expect(answer.status == .unprocessableContent)
        if place == .page || place == .setup {
          #expect(answer.text.contains(#"id="password-error""#))
          #expect(answer.text.contains("stolen"))
        } else {
          #expect(answer.fieldErrors == ["password breached"])
        }
        #expect(site.passwordRuns.count == runs + signIns)
      }
    }
  }

  @Test(arguments: Place.allCases)
  func `are no others`(place: Place) async throws {
    try await withSite { site, _ in
      if place != .setup { try await site.member(Cast.ada) }
      try await site.serve { client in
        let answer = try await choose("another zebra staple", at: place, of: site, client)
        #expect(answer.status.code < 400)
      }
    }
  }

  // Fails when the error is no `Problem`: 500; and when it is passed over: the password is taken.
  @Test(arguments: Place.allCases)
  func `cannot be told while the list is no use, and none is taken then`(place: Place) async throws
  {
    try await withSite { site, file in
      if place != .setup { try await site.member(Cast.ada) }
      try FileHandle(forWritingTo: file).truncate(atOffset: 0)
      try await site.serve { client in
        let answer = try await choose("another zebra staple", at: place, of: site, client)
        #expect(answer.status == .serviceUnavailable)
      }
    }
  }

  // Fails when the list is asked before argon2: it would tell strangers what is on it, too.
  @Test func `warn nobody when they are tried in vain`() async throws {
    try await TestAccounts.withAda(breached: [Self.breached]) { site, ada, _ in
      try await site.serve { client in
        let guess = ["login": Cast.ada.username, "password": Self.breached]
        #expect(try await client.send(.post, "/api/sessions", guess).status == .unauthorized)
        _ = try await client.signIn(Cast.ada)
      }

      #expect(try await !isWarned(ada, on: site))
    }
  }

  // Fails when the error is not passed over: 503.
  @Test func `keep nobody out while the list is no use`() async throws {
    try await TestAccounts.withAda { site, ada, file in
      try FileHandle(forWritingTo: file).truncate(atOffset: 0)
      try await site.serve { client in _ = try await client.signIn(Cast.ada) }

      #expect(try await !isWarned(ada, on: site))
    }
  }

  // Fails without the texts: the mail and the notice have none.
  @Test(arguments: Language.allCases)
  func `have texts in each language`(language: Language) throws {
    let texts = try ShippedTexts(in: language)
    for key in [
      "letters.password.breached.subject", "letters.password.breached.text",
      "letters.factor.what.password.breached", "notices.accounts.password.breached",
      "notice_kinds.accounts.password.breached",
    ] {
      #expect(texts[key] != nil, "\(key)")
    }
  }
}
