import ArtelTesting
import Foundation
import Testing

@testable import ArtelPostgres

private let day = CalendarDay(daysSince1970: 20_778)
private let instant = Date(timeIntervalSince1970: 1_800_000_000.25)

@Suite("Ranges and intervals")
struct RangeTests {
  /// The value as the server read it: as text, and sent back.
  private func echo<Value: PostgresCodable>(_ value: Value) async throws -> (String, Value) {
    let db = try await TestDatabase.empty()
    let row = try #require(try await db.read("select \(value)::text, \(value)").first)
    let echo = (try row.decode(String.self, at: 0), try row.decode(Value.self, at: 1))
    try await db.close()
    return echo
  }

  @Test(arguments: [
    (PostgresRange<Int>.empty, "empty", PostgresRange<Int>.empty),
    (PostgresRange(1..<5), "[1,5)", PostgresRange(1..<5)),
    (PostgresRange(1...5), "[1,6)", PostgresRange(1..<6)),
    (PostgresRange(3...), "[3,)", PostgresRange(3...)),
    (PostgresRange(..<3), "(,3)", PostgresRange(..<3)),
    (.between(.open(1), .closed(4)), "[2,5)", PostgresRange(2..<5)),
    (.between(.unlimited, .unlimited), "(,)", .between(.unlimited, .unlimited)),
  ])
  func `integer ranges`(sent: PostgresRange<Int>, text: String, stored: PostgresRange<Int>)
    async throws
  {
    let echo = try await echo(sent)
    #expect(echo == (text, stored))
  }

  @Test(arguments: [
    PostgresRange<Decimal>.empty, PostgresRange(Decimal(1)...Decimal(2)),
    .between(.open(Decimal(-5)), .open(Decimal(7))), PostgresRange(...Decimal(3)),
  ])
  func `ranges of a continuous type come back as sent`(range: PostgresRange<Decimal>) async throws {
    #expect(try await echo(range).1 == range)
  }

  @Test func `ranges of small integers, days and instants`() async throws {
    let days = PostgresRange(day..<CalendarDay(daysSince1970: 20_780))
    let instants = PostgresRange(instant...instant.addingTimeInterval(60))
    #expect(try await echo(PostgresRange(Int32(1)..<7)) == ("[1,7)", PostgresRange(Int32(1)..<7)))
    #expect(try await echo(days) == ("[2026-11-21,2026-11-23)", days))
    #expect(try await echo(instants).1 == instants)
  }

  @Test func `lists of ranges, and sets of them`() async throws {
    let ranges = [PostgresRange(1..<3), .empty, PostgresRange(5...)]
    #expect(try await echo(ranges) == (#"{"[1,3)",empty,"[5,)"}"#, ranges))
    let joined = PostgresMultirange([PostgresRange(1..<9), PostgresRange(20...)])
    let sent = PostgresMultirange([
      PostgresRange(20...), PostgresRange(1..<5), PostgresRange(4..<9),
    ])
    #expect(try await echo(sent) == ("{[1,9),[20,)}", joined))
  }

  @Test func `a range of small integers is read as one of large ones, never the other way`()
    async throws
  {
    let db = try await TestDatabase.empty()
    let row = try #require(
      try await db.read("select int4range(1, 3), int8range(1, 5000000000)").first
    )
    #expect(try row.decode(PostgresRange<Int>.self, at: 0) == PostgresRange(1..<3))
    #expect(throws: PostgresError.self) { try row.decode(PostgresRange<Int32>.self, at: 1) }
    #expect(throws: PostgresError.self) { try row.decode(String.self, at: 0) }
    try await db.close()
  }

  @Test(arguments: [
    (PostgresInterval.zero, "00:00:00"),
    (
      PostgresInterval(months: 14, days: 3, microseconds: 4_500_000),
      "1 year 2 mons 3 days 00:00:04.5"
    ),
    (PostgresInterval(months: -1, days: 2, microseconds: -1), "-1 mons +2 days -00:00:00.000001"),
  ])
  func `intervals`(interval: PostgresInterval, text: String) async throws {
    #expect(try await echo(interval) == (text, interval))
    #expect(try await echo([interval]).1 == [interval])
  }

  @Test func `an interval of exact time is a duration`() {
    #expect(PostgresInterval(.milliseconds(1_500))?.microseconds == 1_500_000)
    #expect(PostgresInterval(microseconds: 1_500_000).duration == .milliseconds(1_500))
    #expect(PostgresInterval(days: 1).duration == nil)
    #expect(PostgresInterval(.seconds(Int64.max)) == nil)
  }

  @Test func `a value lies in a range by its ends`() {
    #expect(PostgresRange(1...5).contains(5))
    #expect(!PostgresRange(1..<5).contains(5))
    #expect(!PostgresRange.between(.open(1), .unlimited).contains(1))
    #expect(!PostgresRange<Int>.empty.contains(0))
  }

  @Test(arguments: [
    [], [0x06, 0, 0, 0, 9, 1], [0x02, 0, 0, 0, 8, 1], [0, 0xff, 0xff, 0xff, 0xff],
  ])
  func `a range cut short is refused`(bytes: [UInt8]) {
    #expect(throws: PostgresError.self) {
      _ = try bytes.withUnsafeBytes {
        try PostgresRange<Int>(from: PostgresCell(bytes: $0, type: .int8range))
      }
    }
  }
}
