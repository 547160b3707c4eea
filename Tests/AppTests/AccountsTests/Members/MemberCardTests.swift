import AccountsContract
import ArtelCache
import ArtelEvents
import ArtelTesting
import Logging
import Testing

@Suite("Cards of members")
struct MemberCardTests {
  @Test func `are asked for once in an hour, all that are missing at once`() async throws {
    let questions = Counter()
    let clock = TestClock()
    let cards = MemberCards(
      accounts: CastAccounts { questions.add() },
      cache: Cache(limitBytes: 1 << 20, clock: clock.wallClock)
    )
    let ids = Cast.all.map(\.id)

    #expect(try await cards.members([ids[0]]).count == 1)
    #expect(try await cards.members(ids).count == 4)
    #expect(try await cards.members(ids)[ids[2]]?.username == Cast.all[2].username)
    #expect(questions.count == 2)
    clock.advance(by: .seconds(3600))
    _ = try await cards.members(ids)

    #expect(questions.count == 3)
  }

  // Fails without the invalidation of her key: both remember her for their hour.
  @Test(.timeLimit(.minutes(10)))
  func `are forgotten on every node when the member changes`() async throws {
    let log = try await TestDatabase.make(context: "accounts")
    let quiet = Logger(label: "accounts.tests") { _ in SwiftLogNoOpLogHandler() }
    let nodes = [Cache(limitBytes: 1 << 20), Cache(limitBytes: 1 << 20)]
    let cards = nodes.map { MemberCards(accounts: CastAccounts {}, cache: $0) }
    let following = cards.map { cards in
      Task { await cards.follow(EventLog("accounts", in: log.database), logger: quiet) }
    }
    func invalidations() -> [Int] {
      nodes.map { $0.statistics.namespaces["user"]?.invalidations ?? 0 }
    }
    try await eventually("both nodes follow") { invalidations().allSatisfy { $0 >= 1 } }
    for cards in cards { _ = try await cards.members([Cast.ada.id]) }
    let before = nodes.map(\.statistics.entries)

    try await log.database.transaction { tx in
      let card = MemberCard(id: Cast.ada.id, username: "ada", displayName: "Ada", version: 2)
      try await tx.publish(MemberChanged(member: card))
    }

    try await eventually("both have forgotten her") {
      nodes.allSatisfy { $0.statistics.entries == 0 }
    }
    #expect(before == [1, 1])
    for task in following { task.cancel() }
    for task in following { await task.value }
    try await log.close()
  }
}

/// Accounts with the whole cast.
private struct CastAccounts: AccountsClient {
  /// Called at every question.
  let onQuestion: @Sendable () -> Void

  func members(_ ids: [MemberID]) async throws -> [MemberID: MemberCard] {
    onQuestion()
    return Dictionary(
      uniqueKeysWithValues: Cast.all.filter { ids.contains($0.id) }.map {
        (
          $0.id,
          MemberCard(id: $0.id, username: $0.username, displayName: $0.displayName, version: 1)
        )
      }
    )
  }
}
