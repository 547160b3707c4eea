import ArtelConcurrency
import Foundation
import Testing

@testable import ArtelMail

@Suite("Mail servers and services for text messages")
struct ReceiverTests {
  @Test func `a server's address says how it is protected`() throws {
    let starting = try MailServer("smtp://ada%40example.org@mail.example.org", password: "secret")
    #expect(starting.protection == .startTLS && starting.port == 587)
    #expect(starting.user == "ada@example.org")
    let implicit = try MailServer("smtps://mail.example.org")
    #expect(implicit.protection == .fromTheStart && implicit.port == 465)
    #expect(try MailServer("smtp://127.0.0.1:25?tls=none").protection == .nothing)
  }

  // Fails without the check of `?tls=none` for a user: the password would go in clear.
  @Test(arguments: [
    ("http://mail.example.org", nil), ("smtp://", nil), ("mail.example.org:25", nil),
    ("smtp://ada:secret@mail.example.org", nil), ("smtp://ada@mail.example.org", nil),
    ("smtp://mail.example.org", "secret"), ("smtp://ada@mail.example.org?tls=none", "secret"),
    ("smtps://mail.example.org?tls=none", nil), ("smtp://mail.example.org?tls=maybe", nil),
    ("smtp://mail.example.org/path", nil),
  ])
  func `an address that would not be safe is refused`(address: String, password: String?) {
    #expect(throws: DeliveryError.self) { try MailServer(address, password: password) }
  }

  @Test func `a server shows its password to nobody`() throws {
    let server = try MailServer("smtp://ada@mail.example.org", password: "secret")
    var text = "\(server) \(String(reflecting: server))"
    dump(server, to: &text)
    #expect(!text.contains("secret"))
    let gateway = try TextGateway("https://sms.example.org", token: "bearer-secret")
    text = "\(gateway) \(String(reflecting: gateway))"
    dump(gateway, to: &text)
    #expect(!text.contains("secret"))
  }

  @Test(arguments: [
    ("ftp://sms.example.org", TextGateway.standardBody, nil),
    ("https://user:@sms.example.org", TextGateway.standardBody, nil),
    ("http://sms.example.org", TextGateway.standardBody, "token"),
    ("https://sms.example.org", TextGateway.standardBody, "to\r\nken"),
    ("https://sms.example.org", "{\"to\": {number}, \"text\": \"{text}\"}", nil),
    ("https://sms.example.org", "{\"to\": \"{number}\"}", nil),
    ("https://sms.example.org", "to={number}&text={text}", nil),
  ])
  func `a service that would not be safe, or a body that is no JSON, is refused`(
    url: String,
    body: String,
    token: String?
  ) {
    #expect(throws: DeliveryError.self) { try TextGateway(url, body: body, token: token) }
  }

  @Test func `nobody who listens is a failure that may pass`() async throws {
    let pool = BlockingPool(name: "mail-tests", threads: 1)
    defer { pool.stop() }
    let mail = try MailMessage(
      from: MailAddress("post@artel.example"),
      to: MailAddress("ada@example.org"),
      subject: "Hello",
      text: "Text",
      identity: "1"
    )

    let error = await #expect(throws: DeliveryError.self) {
      // Port 1 is reserved, and nobody listens there.
      try await MailServer("smtp://127.0.0.1:1?tls=none").send(mail, at: Date(), on: pool)
    }

    #expect(error?.code == .unreachable)
    #expect(error?.isFinal == false)
  }
}
