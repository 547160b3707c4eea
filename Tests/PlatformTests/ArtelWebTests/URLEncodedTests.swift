import Testing

@testable import ArtelWeb

@Suite("A urlencoded form")
struct URLEncodedTests {
  private func fields(_ text: String) -> [[String]]? {
    URLEncoded.fields(of: text)?.map { [$0.name, $0.value] }
  }

  @Test func `is split at its bytes, and decoded`() {
    #expect(
      fields("a=1&b=x+y%20z&c&d=e=f&&=") == [
        ["a", "1"], ["b", "x y z"], ["c", ""], ["d", "e=f"], ["", ""],
      ]
    )
    #expect(fields("") == [])
  }

  // Fails with `split` on characters, which takes a sign and the mark behind it for one: seen the
  // field "a=́b" without its value, and one field instead of two.
  @Test func `is split also before a combining mark`() {
    #expect(fields("a=\u{301}b&\u{301}c=d") == [["a", "\u{301}b"], ["\u{301}c", "d"]])
  }

  @Test(arguments: ["%", "%4", "%zz", "%ff", "a=%00", "a=\u{0}"])
  func `is refused when it is malformed`(text: String) {
    #expect(fields(text) == nil)
  }

  @Test func `has at most 1,000 fields`() {
    #expect(fields(String(repeating: "a&", count: 1000))?.count == 1000)
    #expect(fields(String(repeating: "a&", count: 1001)) == nil)
  }
}
