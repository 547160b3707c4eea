import ArtelImports
import Foundation
import Testing

@Suite("Texts and times of another system")
struct ForeignTextTests {
  @Test(arguments: [
    ("  a\r\n b\tc ", "a b c"), ("\u{7}be\u{1B}ll\u{0}", "bell"), ("\u{202E}evil", "evil"),
    ("שלום עולם", "שלום עולם"), ("👩‍👩‍👧", "👩‍👩‍👧"), ("\u{7}", ""), ("", ""), ("\u{FEFF} x", "x"),
  ])
  func `become one line of what can be seen`(text: String, line: String) {
    #expect(ForeignText.line(text, limit: 100).text == line)
  }

  @Test func `keep their lines where there may be several`() {
    let text = "\n one\r\n\r\n  two\rthree \u{0}\n"

    #expect(ForeignText.lines(text, limit: 100).text == "one\n\n  two\nthree")
  }

  @Test(arguments: [3, 10, 11, 12])
  func `are cut between characters and not longer than they may be`(limit: Int) {
    let (text, isCut) = ForeignText.line("abc👩‍👩‍👧👩‍👩‍👧", limit: limit)

    #expect(isCut && text.unicodeScalars.count <= limit && text.hasSuffix("…"))
    #expect(text.dropLast().allSatisfy { "abc👩‍👩‍👧".contains($0) })
  }

  @Test func `times are moved between 1970 and now`() {
    let now = Date(timeIntervalSince1970: 1_000_000)

    #expect(ForeignText.time(now + 1, now: now) == (now, true))
    #expect(ForeignText.time(.distantPast, now: now) == (Date(timeIntervalSince1970: 0), true))
    #expect(ForeignText.time(now - 1, now: now) == (now - 1, false))
    #expect(ForeignText.time(nil, now: now) == (now, true))
  }
}
