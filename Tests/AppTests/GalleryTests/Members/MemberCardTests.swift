import AccountsContract
import ArtelCache
import ArtelEvents
import ArtelTesting
import Synchronization
import Testing

@testable import Gallery

@Suite("Cards of members")
struct MemberCardTests {
  @Test func `are asked for once in an hour, all that are missing at once`() async throws {
    let questions = Counter()
    let clock = TestClock()
    let cards = MemberCards(
      accounts: TestAccounts { questions.add() },
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

  // Fails without forget in followMembers: both remember her for their hour.
  @Test(.timeLimit(.minutes(2)))
  func `are forgotten on every node when the member changes`() async throws {
    let log = try await TestDatabase.make(context: "accounts")
    let site = try await TestGallery.make()
    let nodes = [site, site.another()]
    let following = nodes.map { node in
      Task { await node.gallery.followMembers(in: EventLog("accounts", in: log.database)) }
    }
    func invalidations() -> [Int] {
      nodes.map { $0.gallery.cache.statistics.namespaces["user"]?.invalidations ?? 0 }
    }
    try await eventually("both nodes follow") { invalidations().allSatisfy { $0 >= 1 } }
    for node in nodes { _ = try await node.gallery.accounts.members([Cast.ada.id]) }
    let before = nodes.map { $0.gallery.cache.statistics.entries }

    try await log.database.transaction { tx in
      let card = MemberCard(id: Cast.ada.id, username: "ada", displayName: "Ada", version: 2)
      try await tx.publish(MemberChanged(member: card))
    }

    try await eventually("both have forgotten her") {
      nodes.allSatisfy { $0.gallery.cache.statistics.entries == 0 }
    }
    #expect(before == [1, 1])
    for task in following { task.cancel() }
    for task in following { await task.value }
    try await log.close()
  }

  private final class Counter: Sendable {
    private let state = Mutex(0)

    var count: Int { state.withLock { $0 } }

    func add() {
      state.withLock { $0 += 1 }
    }
  }
}
