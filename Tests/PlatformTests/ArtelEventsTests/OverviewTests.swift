import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@testable import ArtelEvents

@Suite("Looking after events")
struct OverviewTests {
  @Test func `the lag says how many events wait and for how long`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    try await relay.deliver()
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "ada", number: 2))
    try await office.source.write(
      "update events.outbox_entries set occurred_at = occurred_at - interval '90 s'"
    )

    let before = try #require(try await office.overview.lags().first)
    try await relay.deliver()
    let after = try #require(try await office.overview.lags().first)

    #expect(before.consumer == "reader" && before.source == "post" && before.events == 2)
    #expect((90_000...).contains(before.milliseconds))
    #expect(after.events == 0 && after.milliseconds == 0)
  }

  @Test func `a replay delivers again what stands behind a position`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    try await office.send(LetterSent(to: "ada", number: 1))
    try await office.send(LetterSent(to: "ada", number: 2))
    try await relay.deliver()
    let first = try await office.log.entries(after: .beginning, limit: 1).entries[0].position

    let count = try await office.overview.replay("reader", of: "post", after: first)
    try await relay.deliver()

    #expect(count == 1)
    #expect(try await office.letters() == [1, 2, 2])
  }

  @Test func `a replay from a time begins with what was published then`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    for number in 1...3 { try await office.send(LetterSent(to: "ada", number: number)) }
    try await office.source.write(
      """
      update events.outbox_entries set occurred_at = timestamptz '2026-03-01 12:00+00'
        + (payload ->> 'number')::int * interval '1 minute'
      """
    )
    try await relay.deliver()

    let position = try await office.log.position(before: TestClock.testStart + 120)
    _ = try await office.overview.replay("reader", of: "post", after: position)
    try await relay.deliver()

    #expect(try await office.letters() == [1, 2, 3, 2, 3])
    #expect(try await office.log.position(before: TestClock.testStart) == .beginning)
  }

  @Test func `nobody is replayed who never ran`() async throws {
    let office = try await PostOffice.make()

    #expect(try await office.overview.replay("nobody", of: "post", after: .beginning) == nil)
  }

  // Fails without regard for readers: an entry goes that nobody has read.
  @Test func `only what every consumer has read and what is old enough goes`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    try await office.send(LetterSent(to: "ada", number: 1))
    try await relay.deliver()
    _ = try await relay.prune()
    try await office.send(LetterSent(to: "ada", number: 2))
    let entries = { try await office.source.read("select from events.outbox_entries").count }

    #expect(try await relay.prune().outbox == 0)
    // Everything is older than the retention, by a clock that is far ahead.
    office.clock.set(Date(timeIntervalSinceNow: 30 * 86_400))
    #expect(try await relay.prune() == (outbox: 1, inbox: 1))
    #expect(try await entries() == 1)
    try await relay.deliver()
    #expect(try await relay.prune().outbox == 1)
    #expect(try await office.letters() == [1, 2])
  }

  @Test func `reading a batch of a long log takes pages of the batch`() async throws {
    let office = try await PostOffice.make()
    try await office.source.database.transaction { tx in
      try await tx.publish(contentsOf: (0..<20_000).map { LetterSent(to: "ada", number: $0) })
    }
    try await office.source.write("analyze events.outbox_entries")
    var middle: EventPosition?
    try await eventually("older transactions of other tests have ended") {
      middle = try await office.log.entries(after: .beginning, limit: 10_000).entries.last?.position
      return middle != nil
    }
    let position = try #require(middle)

    let plan = try await QueryPlan(
      of: EventLog.selection(after: position, limit: 100, names: nil),
      in: office.source.database,
      running: true
    )

    #expect(plan.indexes.contains("outbox_entries_pkey"))
    #expect((1...30).contains(plan.pages))
  }
}

@Suite("The JSON of events")
struct EventPayloadTests {
  struct Moment: Codable, Equatable {
    let at: Date
  }

  @Test(arguments: [
    (1_772_366_400.123456, "2026-03-01T12:00:00.123456Z"),
    (0, "1970-01-01T00:00:00.000000Z"),
    (-0.25, "1969-12-31T23:59:59.750000Z"),
  ])
  func `times are written and read to the microsecond`(seconds: Double, text: String) throws {
    let moment = Moment(at: Date(timeIntervalSince1970: seconds))

    let payload = try EventPayload(encoding: moment)

    #expect(payload.text == #"{"at":"\#(text)"}"#)
    #expect(try payload.decode(Moment.self) == moment)
  }

  @Test(arguments: ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.5Z"])
  func `shorter times are read too`(text: String) throws {
    #expect(throws: Never.self) {
      try EventPayload(#"{"at":"\#(text)"}"#).decode(Moment.self)
    }
  }

  @Test(arguments: ["2026-03-01", "2026-03-01T12:00:00.Z", "2026-03-01T12:00:00.1234567Z", "now"])
  func `other times are refused`(text: String) {
    #expect(throws: DecodingError.self) {
      try EventPayload(#"{"at":"\#(text)"}"#).decode(Moment.self)
    }
  }

  @Test func `a position is what its text says`() {
    let position = EventPosition(epoch: 1, xid: 7345, entryID: 88)

    #expect(EventPosition("1-7345-88") == position)
    #expect("\(position)" == "1-7345-88")
    #expect(EventPosition("1-7345") == nil && EventPosition("a-b-c") == nil)
  }
}
