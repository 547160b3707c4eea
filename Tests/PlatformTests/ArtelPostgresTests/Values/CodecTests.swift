import ArtelIdentifiers
import Foundation
import Testing

@testable import ArtelPostgres

/// Reads back what was written, as the type the server would report.
private func roundTrip<Value: PostgresCodable>(
  _ value: Value,
  as type: PostgresType = Value.postgresType
) throws -> Value {
  var bytes = PostgresBytes()
  value.encode(to: &bytes)
  return try bytes.withUnsafeBytes { try Value(from: PostgresCell(bytes: $0, type: type)) }
}

@Suite("Binary formats")
struct CodecTests {
  @Test(arguments: [0, 1, -1, Int.max, Int.min])
  func `integers`(value: Int) throws {
    #expect(try roundTrip(value) == value)
  }

  @Test func `an integer too large for the type asked for is refused, not cut`() throws {
    var bytes = PostgresBytes()
    Int(70_000).encode(to: &bytes)
    #expect(throws: PostgresError.self) {
      try bytes.withUnsafeBytes { try Int16(from: PostgresCell(bytes: $0, type: .int8)) }
    }
  }

  @Test(arguments: [
    "0", "1", "-1", "10000", "0.0001", "123456789.987654321", "-0.5", "100", "99999999999999999999",
  ])
  func `exact decimals`(text: String) throws {
    let value = try #require(Decimal(string: text))
    #expect(try roundTrip(value) == value)
  }

  @Test(arguments: [0.0, 1_234_567.654_321, -1.5, 4_102_444_800])
  func `instants to the microsecond`(seconds: Double) throws {
    let date = Date(timeIntervalSince1970: seconds)
    #expect(abs(try roundTrip(date).timeIntervalSince(date)) < 1e-6)
  }

  @Test(arguments: [Int64.max, Int64.max - 1, .min, Int64.min + 1, 9_223_372_036_854_775_000])
  func `an instant beyond any calendar is refused or read, never a trap`(microseconds: Int64) {
    withUnsafeBytes(of: microseconds.bigEndian) { bytes in
      let date = try? Date(from: PostgresCell(bytes: bytes, type: .timestamptz))
      #expect(date == nil || microseconds == .min + 1)
    }
  }

  @Test(arguments: [Double.infinity, -.infinity, .nan, 1e300, -1e300])
  func `an instant that cannot be sent becomes an infinity`(seconds: Double) {
    var bytes = PostgresBytes()
    Date(timeIntervalSince1970: seconds).encode(to: &bytes)
    let sent = bytes.withUnsafeBytes { $0.loadUnaligned(as: Int64.self).bigEndian }
    #expect(sent == .max || sent == .min)
  }

  @Test(arguments: [
    (1970, 1, 1, 0), (2000, 2, 29, 11_016), (1969, 12, 31, -1), (2026, 11, 21, 20_778),
  ])
  func `calendar days`(year: Int, month: Int, day: Int, days: Int) throws {
    let value = try #require(CalendarDay(year: year, month: month, day: day))
    #expect(value.daysSince1970 == days)
    #expect(value.civil == (year, month, day))
    #expect(try roundTrip(value) == value)
  }

  @Test func `a day that is not in the calendar is refused`() {
    #expect(CalendarDay(year: 2023, month: 2, day: 29) == nil)
    #expect(CalendarDay(year: 2023, month: 13, day: 1) == nil)
  }

  @Test(arguments: ["", "привет", "a\u{10FFFF}b"])
  func `texts`(value: String) throws {
    #expect(try roundTrip(value, as: .text) == value)
  }

  @Test func `a number is not read as text`() {
    #expect(throws: PostgresError.self) { try roundTrip("12345678", as: .int8) }
  }

  @Test func `lists, empty ones too`() throws {
    #expect(try roundTrip([1, 2, 3]) == [1, 2, 3])
    #expect(try roundTrip([String]()) == [])
    #expect(try roundTrip(["а", ""]) == ["а", ""])
  }

  @Test func `lists with nulls`() throws {
    #expect(try roundTrip(NullableArray([1, nil, 3])).elements == [1, nil, 3])
  }

  @Test func `a list cut short is refused`() {
    #expect(throws: PostgresError.self) {
      let bytes: [UInt8] = [
        0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 8, 1,
      ]
      _ = try bytes.withUnsafeBytes { try [Int](from: PostgresCell(bytes: $0, type: .int8Array)) }
    }
  }

  @Test func `identifiers, bytes and documents`() throws {
    let id = Identifier<AccountsMember>.generate()
    #expect(try roundTrip(id) == id)
    #expect(try roundTrip(Bytea([0, 255])) == Bytea([0, 255]))
    #expect(try roundTrip(JSONText(#"{"a":1}"#)) == JSONText(#"{"a":1}"#))
  }
}
