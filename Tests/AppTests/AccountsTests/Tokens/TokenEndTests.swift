import AccountsContract
import ArtelModel
import ArtelTesting
import Testing

@testable import Accounts

@Suite("API tokens that are about to expire")
struct TokenEndTests {
  // Fails without the quarter: the token of 8 days is announced when it is a day old.
  @Test(arguments: [
    (days: 366, hours: 366 * 24 - 169, isTold: false), (366, 366 * 24 - 167, true),
    (8, 24, false), (8, 6 * 24, true), (1, 17, false), (1, 19, true), (1, 25, false),
  ])
  func `are announced a week before, and short ones in their last quarter`(
    days: Int,
    hours: Int,
    isTold: Bool
  ) async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    _ = try await site.apiToken(of: ada, days: days)
    site.clock.advance(by: .seconds(hours * 3600))

    try await site.accounts.announceTokenEnds()

    let told = try await site.notices(of: ada).filter { $0.kind == "api_token.ending" }
    #expect(told.count == (isTold ? 1 : 0))
  }

  // Fails without `announced_at`.
  @Test func `are announced once, to their member alone, on however many nodes`() async throws {
    let site = try await TestAccounts.make()
    let other = try await site.another()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    for _ in 0..<5 { _ = try await site.apiToken(of: ada, days: 30) }
    _ = try await site.apiToken(of: grace, days: 90)
    site.clock.advance(by: .seconds(24 * 86_400))

    async let one: Void = site.accounts.announceTokenEnds(batch: 2)
    async let two: Void = other.accounts.announceTokenEnds(batch: 2)
    _ = try await (one, two)
    try await site.accounts.announceTokenEnds()

    let told = try await site.notices(of: ada).filter { $0.kind == "api_token.ending" }
    #expect(told.count == 5)
    #expect(try await site.notices(of: grace).allSatisfy { $0.kind != "api_token.ending" })
  }

  @Test func `are not announced when they were ended`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let issued = try await site.apiToken(of: ada, days: 30)
    try await site.accounts.revokeAPIToken(issued.token.id, of: ada.id, from: .tests)
    site.clock.advance(by: .seconds(29 * 86_400))

    try await site.accounts.announceTokenEnds()

    #expect(try await site.notices(of: ada).allSatisfy { $0.kind != "api_token.ending" })
  }
}
