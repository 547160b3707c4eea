import Foundation
import Testing

@testable import ArtelMail

@Suite("Writing mails")
struct MailMessageTests {
  private let noon = Date(timeIntervalSince1970: 1_795_262_400)

  private func mail(
    subject: String = "Hello",
    text: String = "Text",
    html: String? = "<p>Text</p>",
    name: String? = nil
  ) throws -> MailMessage {
    try MailMessage(
      from: MailAddress("post@artel.example", name: name),
      to: MailAddress("ada@example.org"),
      subject: subject,
      text: text,
      html: html,
      identity: "019aa4c0-3c5e"
    )
  }

  private func lines(_ mail: MailMessage) -> [String] {
    mail.source(at: noon, boundary: "b").components(separatedBy: "\r\n")
  }

  @Test func `a mail has a date, an identity and two parts of the same text`() throws {
    let lines = try lines(mail())

    #expect(lines.contains("Date: Sat, 21 Nov 2026 12:00:00 +0000"))
    #expect(lines.contains("From: <post@artel.example>"))
    #expect(lines.contains("To: <ada@example.org>"))
    #expect(lines.contains("Message-ID: <019aa4c0-3c5e@artel.example>"))
    #expect(lines.contains("Content-Type: multipart/alternative;"))
    #expect(lines.contains(" boundary=\"=_b\""))
    #expect(lines.filter { $0 == "--=_b" }.count == 2)
    #expect(lines.filter { $0 == "--=_b--" }.count == 1)
    #expect(lines.contains("Text") && lines.contains("<p>Text</p>"))
  }

  @Test(arguments: [
    "Подтвердите адрес: это письмо с очень длинной темой, которая не помещается в одну строку",
    "👩‍👩‍👧‍👦 emoji", "=?UTF-8?B?a?= looks encoded", String(repeating: "a", count: 200), "",
  ])
  func `every line is ASCII and short, whatever is written`(text: String) throws {
    let mail = try mail(subject: text, text: text, html: text, name: text)
    let source = mail.source(at: noon, boundary: UUID().uuidString)

    #expect(source.utf8.allSatisfy { 0x20...0x7E ~= $0 || $0 == 0x0D || $0 == 0x0A })
    #expect(source.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    #expect(!source.replacingOccurrences(of: "\r\n", with: "").contains { $0.isNewline })
  }

  @Test(arguments: [
    "line\nbreak", "line\rbreak", "a\r\nBcc: linus@example.org", "a\u{0}b", "a\u{2028}b",
  ])
  func `nothing in a subject or a name can begin another header`(text: String) throws {
    #expect(throws: DeliveryError.self) { try mail(subject: text) }
    #expect(throws: DeliveryError.self) { try mail(name: text) }
    #expect(throws: DeliveryError.self) { try MailAddress("ada@example.org\(text.dropFirst())") }
  }

  @Test(arguments: [
    "ada", "ada@", "@example.org", "a@b@c", "<ada@example.org>",
    "ada@example.org, linus@example.org",
    "ada lovelace@example.org", "ada@example.org>\r\nRCPT TO:<linus@example.org",
  ])
  func `what is no single address is refused`(text: String) {
    #expect(throws: DeliveryError.self) { try MailAddress(text) }
  }

  @Test func `an address is read with and without a name`() throws {
    let named = try MailAddress(parsing: "Artel <post@example.org>")
    #expect(named.name == "Artel" && named.text == "post@example.org")
    let quoted = try MailAddress(parsing: "\"Artel, the hub\" <post@example.org>")
    #expect(quoted.name == "Artel, the hub")
    #expect(try MailAddress(parsing: "post@example.org").name == nil)
  }

  @Test func `text comes out of quoted-printable as it went in`() throws {
    let text = "a = b \n.\nлинии с пробелом в конце \n\(String(repeating: "x", count: 100))"
    let encoded = QuotedPrintable.encode(text)

    var decoded: [UInt8] = []
    var rest = encoded.replacingOccurrences(of: "=\r\n", with: "")
      .replacingOccurrences(of: "\r\n", with: "\n").utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "=") else {
        decoded.append(byte)
        continue
      }
      let digits = String(decoding: rest.prefix(2), as: UTF8.self)
      decoded.append(try #require(UInt8(digits, radix: 16)))
      rest = rest.dropFirst(2)
    }
    #expect(String(decoding: decoded, as: UTF8.self) == text)
    #expect(encoded.components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 76 })
  }
}
