import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelTesting
import Foundation
import Testing

@testable import Accounts

@Suite("What other apps report to the system log")
struct ReportedActTests {
  /// The database of the other app, as far as its events go.
  private struct Stage {
    let source: TestDatabase
    let site: TestAccounts

    static func make() async throws -> Stage {
      Stage(
        source: try await TestDatabase.make(context: "gallery"),
        site: try await TestAccounts.make()
      )
    }

    func report(_ name: String, by actor: MemberID, details: [String: String]) async throws {
      try await source.database.transaction { tx in
        try await tx.publish(
          ActReported<Atelier>(of: ReportedAct(name), by: actor, details: details)
        )
      }
    }

    func deliverTwice() async throws {
      let log = EventLog("atelier", in: source.database)
      let relay = EventRelay(
        logs: [log],
        consumers: [site.accounts.events],
        clock: site.clock.wallClock,
        logger: site.accounts.logger
      )
      try await relay.deliverTwice(log, EventLog("accounts", in: site.db.database))
      try await JobRunner(
        db: site.db.database,
        handlers: site.accounts.jobHandlers,
        logger: site.accounts.logger
      ).drain()
    }
  }

  // Fails without the look in `RecordAct.run`: the act is recorded twice.
  @Test func `each act is recorded once, also when told twice`() async throws {
    let stage = try await Stage.make()
    let ada = try await stage.site.member(Cast.ada)
    let before = try await stage.site.log().count
    try await stage.report("easel.painted", by: ada.id, details: ["color": "red"])
    try await stage.report("easel.painted", by: ada.id, details: ["color": "blue"])

    try await stage.deliverTwice()
    try await stage.deliverTwice()

    let log = try await stage.site.log().dropFirst(before)
    #expect(log.map(\.act) == ["easel.painted", "easel.painted"])
    #expect(log.allSatisfy { $0.actorID == ada.id && $0.level == .warning })
    let details = log.compactMap { $0.details?.text }.joined()
    #expect(details.contains("red") && details.contains("blue"))
    #expect(try await stage.site.accounts.verifyLog(since: nil).fault == nil)
  }
}
