import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import HummingbirdTesting
import Testing

@testable import Accounts

@Suite("When members were here last")
struct SightingsTests {
  @Test func `a sign-in is a visit`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    #expect(ada.lastSignedInAt == nil && ada.lastSeenAt == nil)

    site.clock.advance(by: .seconds(30))
    _ = try await site.tokens(Cast.ada)
    try await site.writeSightings()

    let row = try await Member.find(ada.id, in: site.db)
    #expect(row.lastSignedInAt == site.clock.now && row.lastSeenAt == site.clock.now)
  }

  @Test func `requests cost no statement more, one writes all who were here`() async throws {
    let site = try await TestAccounts.make()
    let people = [Cast.ada, Cast.grace, Cast.linus]
    for person in people { try await site.member(person) }

    try await site.serve { client in
      var tokens: [String] = []
      for person in people { tokens.append(try await client.signIn(person).access) }
      site.clock.advance(by: .seconds(300))
      try await expectStatements(atMost: 6, atLeast: 6) {
        for token in tokens + tokens {
          _ = try await client.send(.get, "/api/members/me", token: token)
        }
      }
    }
    try await expectStatements(atMost: 1, atLeast: 1) { try await site.writeSightings() }

    let seen = try await Member.query.all(in: site.db).map(\.lastSeenAt)
    #expect(seen == Array(repeating: site.clock.now, count: 3))
  }

  // Fails without the last writing of `run`: nil.
  @Test func `who was here in the last second of a server is written, too`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let run = Task { await site.accounts.run() }
    site.accounts.sightings.note(ada.id, at: site.clock.now)

    run.cancel()
    await run.value

    #expect(try await Member.find(ada.id, in: site.db).lastSeenAt == site.clock.now)
  }

  // Fails without the condition on the stored time: the second node writes 59 seconds later.
  @Test func `a member is written at most once a minute, on whatever node`() async throws {
    let site = try await TestAccounts.make()
    let other = try await site.another()
    let ada = try await site.member(Cast.ada)
    let start = site.clock.now
    func seen() async throws -> Date? { try await Member.find(ada.id, in: site.db).lastSeenAt }

    site.accounts.sightings.note(ada.id, at: site.clock.now)
    try await site.writeSightings()
    #expect(try await seen() == start)
    site.clock.advance(by: .seconds(59))
    site.accounts.sightings.note(ada.id, at: site.clock.now)
    other.accounts.sightings.note(ada.id, at: site.clock.now)
    try await site.writeSightings()
    try await other.writeSightings()
    #expect(try await seen() == start)

    site.clock.advance(by: .seconds(1))
    site.accounts.sightings.note(ada.id, at: site.clock.now)
    try await site.writeSightings()
    #expect(try await seen() == site.clock.now)
  }

  // Fails when the notes are dropped: nothing is stored.
  @Test func `what the database does not take is written later`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    site.accounts.sightings.note(ada.id, at: site.clock.now)
    try await site.db.write("alter table members rename to members_away")

    await #expect(throws: PostgresError.self) { try await site.writeSightings() }
    try await site.db.write("alter table members_away rename to members")
    try await site.writeSightings()

    #expect(try await Member.find(ada.id, in: site.db).lastSeenAt == site.clock.now)
  }

  // Fails without skip locked: waits for the transaction that waits for it.
  @Test(.timeLimit(.minutes(10)))
  func `a row that somebody writes is passed over, the others are not`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    for member in [ada, grace] { site.accounts.sightings.note(member.id, at: site.clock.now) }

    try await site.db.database.transaction { tx in
      _ = try await Member.where { $0.id == ada.id }.forUpdate().first(in: tx)
      try await site.writeSightings()
    }

    #expect(try await Member.find(ada.id, in: site.db).lastSeenAt == nil)
    #expect(try await Member.find(grace.id, in: site.db).lastSeenAt == site.clock.now)
  }

  // Fails without the look at departures: the constraint refuses all who were here.
  @Test func `who departed meanwhile holds up nobody`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    for member in [ada, grace] { site.accounts.sightings.note(member.id, at: site.clock.now) }
    try await site.accounts.removeMember(username: "ada")

    try await site.writeSightings()

    #expect(try await Member.find(grace.id, in: site.db).lastSeenAt == site.clock.now)
  }

  private static let ages: [(TimeInterval, LastSeen)] = [
    (0, .now), (299, .now), (300, .day), (86_399, .day), (86_400, .week), (604_800, .month),
    (2_592_000, .earlier), (-60, .now),
  ]

  @Test(arguments: ages)
  func `others learn it roughly`(seconds: TimeInterval, expected: LastSeen) {
    let now = Date(timeIntervalSince1970: 1_795_233_914)
    #expect(LastSeen(now - seconds, at: now) == expected)
  }
}

extension TestAccounts {
  /// What a second on a running server does.
  func writeSightings() async throws {
    try await accounts.sightings.write(at: clock.now, to: db)
  }
}
