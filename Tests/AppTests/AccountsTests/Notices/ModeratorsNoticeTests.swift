import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelTesting
import Testing

@testable import Accounts

@Suite("What other apps tell moderators of")
struct ModeratorsNoticeTests {
  @Test func `each moderator is told once, also when told twice, and nobody else`() async throws {
    let source = try await TestDatabase.make(context: "gallery")
    let site = try await TestAccounts.make()
    let members = [
      try await site.member(Cast.ada), try await site.member(Cast.grace),
      try await site.member(Cast.linus),
    ]
    for member in members.prefix(2) {
      try await site.accounts.give(.moderator, to: member.id, by: .operatorOfServer)
    }
    let log = EventLog("atelier", in: source.database)
    let relay = EventRelay(
      logs: [log],
      consumers: [site.accounts.events],
      clock: site.clock.wallClock,
      logger: site.accounts.logger
    )

    try await source.database.transaction { tx in
      try await tx.publish(
        ModeratorsNoticeRequested<Atelier>(of: .easelReady, ["name": .text("Big")])
      )
    }
    try await relay.deliverTwice(log, EventLog("accounts", in: site.db.database))

    for (member, count) in zip(members, [1, 1, 0]) {
      #expect(try await site.notices(of: member).count == count)
    }
    #expect(try await site.db.read("select from events.deferred_events").isEmpty)
  }
}
