import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@testable import Accounts

@Suite("A crowd of accounts", .timeLimit(.minutes(10)))
struct AccountsCrowdTests {
  private let password = "three-quiet-otters"

  @Test func `has the size that was asked for, and all of it can sign in`() async throws {
    let site = try await TestAccounts.make()

    try await site.accounts.makeCrowd(40, password: password, at: site.clock.now)

    let crowd = try await site.accounts.crowd()
    #expect(crowd.map(\.username) == (1...40).map { "crowd\($0)" })
    #expect(try await site.accounts.crowdCount() == 40)
    let last = try await site.accounts.memberID(username: "crowd40", password: password)
    #expect(last == crowd[39].id)
    let moderators = try await Member.where("is_moderator").all(in: site.db)
    #expect(moderators.map(\.username) == ["crowd2"])
  }

  @Test func `follows some of its own, and says whom in pages`() async throws {
    let site = try await TestAccounts.make()
    try await site.accounts.makeCrowd(40, password: password, at: site.clock.now)

    var pairs: [MemberFollowed] = []
    var page = try await site.accounts.follows(after: nil, limit: 7)
    while !page.isEmpty {
      pairs += page
      page = try await site.accounts.follows(after: pairs.last, limit: 7)
    }

    let stored = try await Follow.query.all(in: site.db)
    #expect(stored.count > 40)
    #expect(Set(pairs.map { "\($0.follower) \($0.following)" }).count == stored.count)
    #expect(pairs.count == stored.count)
    #expect(stored.allSatisfy { $0.createdAt <= site.clock.now })
  }

  @Test func `knows strangers from itself and from the demo`() async throws {
    let site = try await TestAccounts.make()
    try await site.accounts.makeCrowd(10, password: password, at: site.clock.now)
    _ = try await site.accounts.createMember(
      username: "vera",
      email: "vera@example.org",
      displayName: "Vera",
      password: password
    )
    #expect(try await !site.accounts.hasStrangers())

    _ = try await site.accounts.createMember(
      username: "olga",
      email: "olga@artel.example",
      displayName: "Olga",
      password: password
    )

    #expect(try await site.accounts.hasStrangers())
    #expect(try await site.accounts.crowdCount() == 10)
  }
}
