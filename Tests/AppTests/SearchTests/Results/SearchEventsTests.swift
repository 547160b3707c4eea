import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelPostgres
import ArtelTesting
import FoundationEssentials
import GalleryContract
import Testing

@testable import Search

@Suite("What happens in the apps reaches the index")
struct SearchEventsTests {
  @Test func `a post is found, changed, hidden and gone`() async throws {
    let site = try await TestSearch.make()
    let apps = try await Apps(site)
    let id = PostID.generate()

    try await apps.publish(PostCreated(post: .ada(id, "River")), in: apps.gallery)
    #expect(try await site.titles("river ") == ["River"])

    try await apps.publish(PostChanged(post: .ada(id, "Mill", after: 1)), in: apps.gallery)
    #expect(try await site.titles("river ") == [])
    #expect(try await site.titles("mill ") == ["Mill"])

    let hidden = PostChanged(post: .ada(id, "Mill", isPublic: false, after: 2))
    try await apps.publish(hidden, in: apps.gallery)
    #expect(try await site.titles("mill ") == [])
    #expect(try await site.titles("mill ", as: Cast.ada) == ["Mill"])

    try await apps.publish(PostDeleted(post: id, author: Cast.ada.id), in: apps.gallery)
    #expect(try await site.titles("mill ", as: Cast.ada) == [])
  }

  // Fails with a removal for ever: what is restored is never found again.
  @Test func `a post in the trash is not found, and found again when it is back`() async throws {
    let site = try await TestSearch.make()
    let apps = try await Apps(site)
    let id = PostID.generate()
    let (start, second) = (TestClock.testStart, 1.0)
    try await apps.publish(PostCreated(post: .ada(id, "River")), in: apps.gallery)

    let trashed = PostDeleted(post: id, author: Cast.ada.id, trashedAt: start + second)
    try await apps.publish(trashed, in: apps.gallery)
    #expect(try await site.titles("river ", as: Cast.ada) == [])

    let back = PostChanged(post: .ada(id, "River", movedAt: start + 2 * second))
    try await apps.publish(back, in: apps.gallery)
    #expect(try await site.titles("river ") == ["River"])

    // What comes late changes nothing, and what is gone for good stays so.
    try await apps.publish(trashed, in: apps.gallery)
    #expect(try await site.titles("river ") == ["River"])
    try await apps.publish(PostDeleted(post: id, author: Cast.ada.id), in: apps.gallery)
    try await apps.publish(back, in: apps.gallery)
    #expect(try await site.titles("river ") == [])
  }

  @Test func `members are found by both names until they depart`() async throws {
    let site = try await TestSearch.make()
    let apps = try await Apps(site)
    let card = MemberCard(id: Cast.ada.id, username: "ada", displayName: "Ада Лавлейс", version: 1)
    try await apps.publish(MemberJoined(member: card), in: apps.accounts)
    #expect(try await site.titles("лавлейс ") == ["Ада Лавлейс"])
    #expect(try await site.titles("ada ") == ["Ада Лавлейс"])

    let renamed = MemberCard(id: card.id, username: "ada", displayName: "Ада Кинг", version: 2)
    try await apps.publish(MemberChanged(member: renamed), in: apps.accounts)
    #expect(try await site.titles("ada ") == ["Ада Кинг"])

    let departed = MemberDeparted(member: card.id, memberVersion: 3)
    try await apps.publish(departed, in: apps.accounts)
    #expect(try await site.titles("ada ") == [])
  }

  @Test func `events that come late change nothing`() async throws {
    let site = try await TestSearch.make()
    let apps = try await Apps(site)
    let id = PostID.generate()
    try await apps.publish(PostChanged(post: .ada(id, "Mill", after: 5)), in: apps.gallery)
    try await apps.publish(PostCreated(post: .ada(id, "River")), in: apps.gallery)
    #expect(try await site.titles("mill ") == ["Mill"])

    try await apps.publish(PostDeleted(post: id, author: Cast.ada.id), in: apps.gallery)
    try await apps.publish(PostChanged(post: .ada(id, "Mill", after: 9)), in: apps.gallery)

    #expect(try await site.titles("mill ") == [])
  }
}

/// The logs of the apps, and what brings them to Search.
private struct Apps {
  let accounts: TestDatabase
  let gallery: TestDatabase
  private let relay: EventRelay

  init(_ site: TestSearch) async throws {
    accounts = try await TestDatabase.make(context: "accounts")
    gallery = try await TestDatabase.make(context: "gallery")
    relay = EventRelay(
      logs: [
        EventLog("accounts", in: accounts.database), EventLog("gallery", in: gallery.database),
      ],
      consumers: [site.search.events],
      clock: site.clock.wallClock,
      logger: Workbench.logger
    )
  }

  func publish(_ event: some Event, in db: TestDatabase) async throws {
    try await db.database.transaction { try await $0.publish(event) }
    try await relay.deliver()
  }
}

extension PostFacts {
  fileprivate static func ada(
    _ id: PostID,
    _ title: String,
    isPublic: Bool = true,
    after seconds: Double = 0,
    movedAt: Date? = nil
  ) -> PostFacts {
    PostFacts(
      id: id,
      author: Cast.ada.id,
      title: title,
      description: "",
      isPublic: isPublic,
      createdAt: TestClock.testStart,
      updatedAt: TestClock.testStart.addingTimeInterval(seconds),
      movedAt: movedAt
    )
  }
}
