import ArtelModel
import ArtelTesting
import Foundation
import Synchronization
import Testing

@testable import Gallery

@Suite("Meeting a member")
struct MeetingTests {
  @Test func `copies the account at first sight, with one question and one statement`()
    async throws
  {
    let site = try await TestGallery.make()
    let questions = Mutex(0)
    let accounts = TestAccounts { questions.withLock { $0 += 1 } }

    try await expectStatements(atMost: 1) {
      try await Member.meet(Cast.ada.id, through: accounts, in: site.db)
    }

    #expect(questions.withLock { $0 } == 1)
    let ada = try await Member.query.find(Cast.ada.id, in: site.db)
    #expect(ada.username == "ada")
    #expect(ada.displayName == "Ada Lovelace")
    #expect(ada.version == 1)
    #expect(ada.departedAt == nil)
  }

  @Test func `follows changes, but never back to an older state`() async throws {
    let site = try await TestGallery.make()

    for changes in [1, 0] {
      try await Member.meet(
        Cast.ada.id,
        through: TestAccounts(changes: changes),
        in: site.db
      )
    }

    let ada = try await Member.query.find(Cast.ada.id, in: site.db)
    #expect(ada.displayName == "Ada Lovelace 2")
    #expect(ada.version == 2)
  }

  @Test func `does not bring back who has departed`() async throws {
    let site = try await TestGallery.make()
    let departed = Member(
      id: Cast.ada.id,
      username: "gone",
      displayName: "Gone",
      version: 1,
      departedAt: site.clock.now
    )
    try await site.db.insert(departed)

    try await Member.meet(Cast.ada.id, through: TestAccounts(changes: 1), in: site.db)

    #expect(try await Member.query.find(Cast.ada.id, in: site.db) == departed)
  }

  @Test func `refuses who has no account`() async throws {
    let site = try await TestGallery.make()

    await #expect(throws: MemberError.departed) {
      try await Member.meet(
        Cast.ada.id,
        through: TestAccounts(people: [Cast.grace]),
        in: site.db
      )
    }
  }
}
