import ArtelAuth
import Foundation
import Testing

@Suite("Details of a member")
struct MemberDetailTests {
  @Test(arguments: [
    "ada", "Ada_Lovelace", "j.r.r-tolkien", "007", "a_b", "x__y_",
    "abc" + String(repeating: "d", count: 47),
  ])
  func `a username may be`(text: String) throws {
    #expect(try Username(text).text == text)
  }

  @Test(arguments: [
    ("ab", MemberDetailError.tooShort(minimum: 3)), ("", .tooShort(minimum: 3)),
    (String(repeating: "a", count: 51), .tooLong(maximum: 50)),
    (".ada", .malformed), ("ada.", .malformed), ("-ada", .malformed), ("ada-", .malformed),
    ("_ada", .malformed),
    ("a..b", .malformed), ("a.-b", .malformed), ("ada lovelace", .malformed), ("ада", .malformed),
    ("ada@example.org", .malformed), ("+79991234567", .malformed), ("ada\n", .malformed),
    ("ada\0", .malformed),
    ("Admin", .reserved), ("root", .reserved), ("API", .reserved), ("sign-up", .reserved),
  ])
  func `a username may not be`(text: String, error: MemberDetailError) {
    #expect(throws: error) { try Username(text) }
  }

  @Test func `usernames compare without case`() throws {
    #expect(try Username("Ada").folded == Username("aDA").folded)
  }

  @Test(arguments: [
    ("  Ада Лавлейс ", "Ада Лавлейс"), ("Ян", "Ян"), ("李小龍", "李小龍"), ("👩‍🔬 Marie", "👩‍🔬 Marie"),
    ("\u{00A0}O'Brien\t", "O'Brien"),
  ])
  func `a display name may be, trimmed`(text: String, expected: String) throws {
    #expect(try DisplayName(text).text == expected)
  }

  @Test(arguments: [
    ("A", MemberDetailError.tooShort(minimum: 2)), ("   A   ", .tooShort(minimum: 2)),
    (String(repeating: "я", count: 101), .tooLong(maximum: 100)), ("Ada\nLovelace", .malformed),
    ("Ada\u{0}Lovelace", .malformed), ("Ada\u{202E}ecalevoL", .malformed),
    ("Ada\u{200B}", .malformed),
    ("Ada\u{2028}Lovelace", .malformed), ("\u{200B}\u{200B}", .malformed),
  ])
  func `a display name may not be`(text: String, error: MemberDetailError) {
    #expect(throws: error) { try DisplayName(text) }
  }

  @Test(arguments: [
    ("Ada.Lovelace+artel@Example.ORG", "Ada.Lovelace+artel@example.org"), (" a@b.ru ", "a@b.ru"),
    ("почта@пример.рф", "почта@пример.рф"), ("o'brien@mail.example.co", "o'brien@mail.example.co"),
  ])
  func `an e-mail address may be`(text: String, expected: String) throws {
    #expect(try EmailAddress(text).text == expected)
  }

  @Test(arguments: [
    "", "ada", "ada@", "@example.org", "ada@example", "a@b@example.org", "ada lovelace@example.org",
    "ada@exam ple.org", ".ada@example.org", "ada.@example.org", "a..b@example.org",
    "ada@-example.org",
    "ada@example..org", "ada@example.org.", "ada@[127.0.0.1]",
    "\"ada\"@example.org",
    "ada@example.org\r\nBcc: all@example.org", "ada\0@example.org", "<ada@example.org>",
    "ada@exam_ple.org", "ada@example.org-", "ada@exa\u{3000}mple.org",
  ])
  func `an e-mail address may not be`(text: String) {
    #expect(throws: MemberDetailError.malformed) { try EmailAddress(text) }
  }

  @Test func `an e-mail address has at most 254 bytes`() {
    let long = "ada@" + String(repeating: "abcdefghi.", count: 25) + "org"

    #expect(throws: MemberDetailError.tooLong(maximum: 254)) { try EmailAddress(long) }
  }

  @Test func `a telephone number loses its separators`() throws {
    #expect(try PhoneNumber("+7 (999) 123-45-67").text == "+79991234567")
  }

  @Test(arguments: [
    "", "+", "89991234567", "+09991234567", "+7999abc4567", "+123456", "+1234567890123456",
    "7+9991234567",
  ])
  func `a telephone number may not be`(text: String) {
    #expect(throws: MemberDetailError.self) { try PhoneNumber(text) }
  }

  /// The same texts for both, so that what the documentation says is what the server does.
  @Test(arguments: [
    "ada", "a.b-c_d", "_ada", "ada.", "a..b", "a.-b", "ада", "Ada\nLovelace", "Ada\u{202E}",
    "👩‍🔬 Marie", "a@b.ru", "почта@пример.рф", "a@b", "a..b@c.ru", "a@-b.ru", "a@b-.ru", "a@b..ru",
    "\"a\"@b.ru",
    "a b@c.ru", "a@b c.ru", "o'brien+x@mail-1.example.co", "a@b@c.ru", "a@b.ru\u{2028}", "a,b@c.ru",
  ])
  func `each rule agrees with its regular expression`(text: String) throws {
    func matches(_ expression: String) throws -> Bool {
      let range = NSRange(text.startIndex..., in: text)
      return try NSRegularExpression(pattern: expression).firstMatch(in: text, range: range) != nil
    }
    func accepts(_ make: () throws -> Void) -> Bool {
      do {
        try make()
        return true
      } catch {
        return error as? MemberDetailError != .malformed
      }
    }

    #expect(try matches(Username.expression) == accepts { _ = try Username(text) })
    #expect(try matches(DisplayName.expression) == accepts { _ = try DisplayName(text) })
    #expect(try matches(EmailAddress.expression) == accepts { _ = try EmailAddress(text) })
  }
}
