import ArtelIdentifiers
import Foundation
import Testing

@testable import ArtelWeb

@Suite("JSON")
struct JSONTests {
  private func written(_ write: (inout JSONWriter) -> Void) -> String {
    var json = JSONWriter()
    write(&json)
    return String(decoding: json.bytes, as: UTF8.self)
  }

  @Test func `is written with commas where they belong`() {
    let text = written { json in
      json.object { json in
        json.field("name", "Ada")
        json.field("age", 36)
        json.field("none", String?.none)
        json.field("tags", ["a", "b"])
        json.name("posts")
        json.array { json in
          json.object { $0.field("ok", true) }
          json.object { _ in }
        }
      }
    }

    #expect(
      text == #"{"name":"Ada","age":36,"none":null,"tags":["a","b"],"posts":[{"ok":true},{}]}"#
    )
  }

  @Test(arguments: [
    ("", #""""#), ("a\"b\\c", #""a\"b\\c""#), ("\n\r\t\u{1}\u{1F}", #""\n\r\t\u0001\u001f""#),
    ("Привет 👋", "\"Привет 👋\""), ("</script>", "\"</script>\""),
  ])
  func `escapes what must be escaped`(text: String, expected: String) {
    #expect(written { $0.value(text) } == expected)
  }

  @Test(arguments: 1...24)
  func `escapes at every place of a text`(length: Int) {
    for place in 0..<length {
      let before = String(repeating: "~", count: place)
      let after = String(repeating: " ", count: length - place - 1)
      for (escaped, escape) in [("\"", #"\""#), ("\\", #"\\"#), ("\u{1F}", #"\u001f"#)] {
        #expect(
          written { $0.value(before + escaped + after) } == "\"\(before)\(escape)\(after)\""
        )
      }
    }
  }

  @Test(arguments: [0, 7, -1, 10, 12_345, Int.max, Int.min])
  func `writes integers`(number: Int) {
    #expect(written { $0.value(number) } == "\(number)")
  }

  @Test func `writes numbers that are none as null`() {
    #expect(written { $0.value(Double.nan) } == "null")
    #expect(written { $0.value(1.5) } == "1.5")
  }

  @Test func `writes ids as text`() {
    let id = Identifier<JSONTests>.generate()

    #expect(written { $0.value(id) } == "\"\(id)\"")
  }

  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000000Z"), (1, "1970-01-01T00:00:00.000001Z"),
    (-1, "1969-12-31T23:59:59.999999Z"), (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
    (1_795_234_514_123_456, "2026-11-21T04:15:14.123456Z"),
    (253_402_300_799_999_999, "9999-12-31T23:59:59.999999Z"),
    (-62_135_596_800_000_000, "0001-01-01T00:00:00.000000Z"),
  ])
  func `writes dates in UTC with microseconds`(microseconds: Int, expected: String) {
    #expect(Timestamp(microsecondsSince1970: microseconds).text == expected)
  }

  @Test func `agrees with Foundation on every day of four centuries`() {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    for day in stride(from: -73_000, to: 73_000, by: 7) {
      let date = Date(timeIntervalSince1970: Double(day) * 86_400 + 3661)
      let parts = calendar.dateComponents(
        [.year, .month, .day, .hour, .minute, .second],
        from: date
      )
      let stamp = Timestamp(date)
      #expect([parts.year, parts.month, parts.day] == [stamp.year, stamp.month, stamp.day])
      #expect(
        [parts.hour, parts.minute, parts.second] == [stamp.hour, stamp.minute, stamp.second]
      )
    }
  }

  @Test func `keeps the microseconds of a date`() {
    for microseconds in [1_795_234_514_123_456, 1_795_234_514_000_001, 978_307_199_999_999] {
      #expect(Date(microsecondsSince1970: microseconds).microsecondsSince1970 == microseconds)
    }
  }

  @Test func `is parsed`() throws {
    let text = #" {"a": [1, -2.5e1, true, null], "b": {"c": "x\n\u00e9\ud83d\udc4b"}} "#

    let value = try JSONValue(parsing: text.utf8)

    #expect(
      value
        == .object([
          "a": .array([.integer(1), .double(-25), .bool(true), .null]),
          "b": .object(["c": .string("x\né👋")]),
        ])
    )
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{a:1}", "01", "1.", "+1", "nul", "tru", "\"\\x\"", "\"a",
    "\"\u{1}\"", "[1] 2", "\"\\ud800\"", "\"\\ud800\\u0041\"", "1e999", "'a'", "\u{FEFF}1", "--1",
    "[1 2]", "{\"a\" 1}", "{\"a\":}", "[", "]",
  ])
  func `refuses what is not JSON`(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text.utf8) }
  }

  @Test func `refuses invalid UTF-8`() {
    #expect(throws: JSONError.self) { try JSONValue(parsing: [34, 0xC3, 0x28, 34]) }
    #expect(throws: JSONError.self) { try JSONValue(parsing: [34, 0xED, 0xA0, 0x80, 34]) }
  }

  @Test func `refuses deep nesting without exhausting the stack`() {
    let deep = String(repeating: "[", count: 1_000_000)

    #expect(throws: JSONError.self) { try JSONValue(parsing: deep.utf8) }
  }

  @Test func `survives any bytes`() {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array(#"{}[]",:\u0123eE+-.truefalsn "#.utf8)
    for _ in 0..<2000 {
      let bytes = (0..<30).map { _ in alphabet.randomElement(using: &generator) ?? 0 }
      _ = try? JSONValue(parsing: bytes)
    }
  }
}
