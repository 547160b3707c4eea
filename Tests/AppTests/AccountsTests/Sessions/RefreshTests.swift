import ArtelModel
import ArtelTesting
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("Refreshing tokens")
struct RefreshTests {
  @Test(arguments: Mode.allCases)
  func `gives the next pair`(mode: Mode) async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve(mode) { client in
      let first = try await client.signIn(Cast.ada)
      let second = try await client.refresh(first.refresh)
      let third = try await client.refresh(try #require(second.json("refresh_token")))

      #expect(second.status == .ok)
      #expect(third.status == .ok)
      let token = try #require(third.json("access_token"))
      let me = try await client.send(.get, "/api/members/me", token: token)
      #expect(me.json("username") == "ada")
    }
  }

  @Test func `ends the session when a token is shown twice`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)

    try await site.serve { client in
      let first = try await client.signIn(Cast.ada)
      let second = try await client.refresh(first.refresh)
      let stolen = try await client.refresh(first.refresh)

      #expect(stolen.status == .unauthorized)
      #expect(stolen.json("type") == "/problems/refresh-token")
      let access = try #require(second.json("access_token"))
      let me = try await client.send(.get, "/api/members/me", token: access)
      #expect(me.status == .unauthorized)
      let next = try await client.refresh(try #require(second.json("refresh_token")))
      #expect(next.status == .unauthorized)
    }
    let session = try await Session.query.first(in: site.db)
    #expect(session?.revokedReason == .tokenReused)
  }

  @Test func `lets one of many through when one token is shown many times at once`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let token = try await site.tokens(Cast.ada).refresh.text

    let renewed = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask { (try? await site.accounts.refresh(token)) != nil }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(renewed == 1)
    #expect(try await Session.where { $0.revokedAt == nil }.count(in: site.db) == 0)
  }

  @Test func `keeps the session open as long as it is used`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    var token = try await site.tokens(Cast.ada).refresh.text

    for _ in 0..<3 {
      site.clock.advance(by: .seconds(29 * 86_400))
      token = try await site.accounts.refresh(token).refresh.text
    }
    site.clock.advance(by: .seconds(30 * 86_400))

    await #expect(throws: SessionError.refreshTokenRefused) {
      try await site.accounts.refresh(token)
    }
  }

  @Test(arguments: ["", "x", "artel_rt_", "artel_rt_" + String(repeating: "A", count: 43)])
  func `refuses what nobody was given`(token: String) async throws {
    try await TestAccounts.make().serve { client in
      let answer = try await client.refresh(token)

      #expect([.unauthorized, .unprocessableContent].contains(answer.status))
    }
  }

  @Test func `tells of rights that were given since`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let tokens = try await site.tokens(Cast.ada)

    try await site.accounts.promote(username: "ada")
    let renewed = try await site.accounts.refresh(tokens.refresh.text)

    let bearer = site.accounts.authenticator.bearer
    #expect(try await bearer(tokens.access.text)?.isAdministrator == false)
    #expect(try await bearer(renewed.access.text)?.isAdministrator == true)
  }

  @Test func `stores digests only`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let tokens = try await site.tokens(Cast.ada)

    let stored = try await site.db.read(
      "select (select json_agg(t) from refresh_tokens t)::text || (select json_agg(s) from sessions s)::text"
    )

    let text = try #require(try stored.first?.decode(String.self, at: 0))
    let hex = tokens.refresh.text.utf8.map { String(format: "%02x", $0) }.joined()
    #expect(!text.contains(tokens.refresh.text.dropFirst(9)))
    #expect(!text.contains(hex))
  }
}

extension TestClientProtocol {
  fileprivate func refresh(_ token: String) async throws -> TestResponse {
    try await send(.post, "/api/sessions/refresh", ["refresh_token": token])
  }
}
