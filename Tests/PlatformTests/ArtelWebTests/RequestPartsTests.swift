import ArtelModel
import Foundation
import Testing

@testable import ArtelWeb

@Suite("Parts of a request")
struct RequestPartsTests {
  @Test(arguments: [
    ("ru", Language.russian), ("en-US,en;q=0.9", .english), ("ru-RU,ru;q=0.9,en;q=0.8", .russian),
    ("de,ru;q=0.3,en;q=0.7", .english), ("en;q=0,ru;q=0.1", .russian), ("de", nil), ("", nil),
    (";;;q=,,", nil), ("ru;q=x", .russian), ("EN", .english),
  ])
  func `the language is what the browser prefers`(header: String, language: Language?) {
    #expect(Language(acceptLanguage: header) == language)
  }

  @Test func `cookies are found by name`() {
    var cookies = RequestCookies()
    cookies.append("artel_lang=ru; xartel_theme=no")
    cookies.append("artel_theme=dark; artel_session=")

    #expect(cookies[.language] == "ru")
    #expect(cookies[.theme] == "dark")
    #expect(cookies[.session] == nil)
    #expect(cookies[.flash] == nil)
  }

  @Test func `a cookie is sent with all its limits`() {
    let cookie = ResponseCookie(.session, value: "abc", lifetime: .seconds(60))

    #expect(
      cookie.headerValue(isSecure: true)
        == "artel_session=abc; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
    )
    #expect(
      ResponseCookie(.theme, value: "a;b\r\nc", isHTTPOnly: false).headerValue(isSecure: false)
        == "artel_theme=abc; Path=/; SameSite=Lax"
    )
  }

  @Test(arguments: [
    ("12345678", true), ("a-b_c.D9", true), ("short", false), ("with space", false),
    ("new\nline12", false), (String(repeating: "x", count: 65), false), ("русский12", false),
  ])
  func `a request id from outside must be harmless`(text: String, isAccepted: Bool) {
    #expect((RequestID.accepted(text) != nil) == isAccepted)
  }

  @Test func `request ids differ`() {
    let source = RequestIDSource()
    let ids = Set((0..<10_000).map { _ in source.make() })

    #expect(ids.count == 10_000)
    #expect(ids.allSatisfy { $0.utf8.count == 12 && RequestID.accepted($0) != nil })
  }

  @Test func `percent-encoding is undone strictly`() {
    #expect(PercentEncoding.decode("a%20%D1%8F+b", plusIsSpace: false) == "a я+b")
    #expect(PercentEncoding.decode("a+b", plusIsSpace: true) == "a b")
    #expect(PercentEncoding.encode("/posts?a=я b") == "%2Fposts%3Fa%3D%D1%8F%20b")
    for wrong in ["%", "%1", "%zz", "%00", "%ff", "%C3%28"] {
      #expect(PercentEncoding.decode(wrong, plusIsSpace: false) == nil)
    }
  }

  private struct Forwarded {
    var connection: String?
    var forwardedFor: String?
    var client: String?
  }

  private static let forwarded = [
    Forwarded(connection: "10.1.2.3", forwardedFor: nil, client: "10.1.2.3"),
    Forwarded(connection: "203.0.113.9", forwardedFor: "10.0.0.1", client: "203.0.113.9"),
    Forwarded(connection: "10.1.2.3", forwardedFor: "198.51.100.4", client: "198.51.100.4"),
    Forwarded(
      connection: "10.1.2.3",
      forwardedFor: "6.6.6.6, 198.51.100.4 , 10.9.9.9",
      client: "198.51.100.4"
    ),
    Forwarded(connection: "10.1.2.3", forwardedFor: "10.0.0.7", client: "10.0.0.7"),
    Forwarded(connection: "::ffff:10.1.2.3", forwardedFor: "2001:db8::1", client: "2001:db8::1"),
    Forwarded(connection: "10.1.2.3", forwardedFor: "junk", client: "10.1.2.3"),
    Forwarded(connection: "::1", forwardedFor: "5.5.5.5", client: "5.5.5.5"),
    Forwarded(connection: nil, forwardedFor: "5.5.5.5", client: nil),
  ]

  @Test(arguments: forwarded)
  private func `the caller's address is what trusted proxies saw`(example: Forwarded) throws {
    let trusted = try ["10.0.0.0/8", "::1"].map { try #require(AddressRange($0)) }

    let client = AddressRange.clientAddress(
      connection: example.connection,
      forwardedFor: example.forwardedFor,
      trusted: trusted
    )

    #expect(client == example.client)
  }

  @Test func `an address range is read strictly`() {
    for wrong in ["", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "::1/129", "10.0.0.0/8/8", "a"] {
      #expect(AddressRange(wrong) == nil)
    }
    #expect(AddressRange("0.0.0.0/0")?.contains("203.0.113.9") == true)
    #expect(AddressRange("192.0.2.128/25")?.contains("192.0.2.127") == false)
    #expect(AddressRange("2001:db8::/33")?.description == "2001:db8::/33")
    #expect(AddressRange.network(of: "192.0.2.7") == "192.0.2.7")
    #expect(AddressRange.network(of: "2001:db8:1:2:3:4:5:6") == "2001:db8:1:2::/64")
  }

  @Test func `an ETag is found in If-None-Match`() {
    let tag = EntityTag(strong: "abc")

    #expect(tag.isNamed(by: "\"abc\""))
    #expect(tag.isNamed(by: "\"x\", W/\"abc\""))
    #expect(tag.isNamed(by: "*"))
    #expect(!tag.isNamed(by: "abc"))
    #expect(!tag.isNamed(by: "\"abcd\""))
    #expect(EntityTag(weak: "abc").headerValue == "W/\"abc\"")
  }
}

@Suite("Base64url")
struct Base64URLTests {
  @Test func `agrees with Foundation`() {
    for length in 0..<50 {
      let bytes = (0..<length).map { _ in UInt8.random(in: 0...255) }
      let expected = Data(bytes).base64EncodedString()
        .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
      #expect(Base64URL.encode(bytes) == expected)
    }
  }
}

@Suite("A page of a list")
struct PageTests {
  @Test func `is written with its cursor`() {
    var json = JSONWriter()
    json.value(Page(items: ["a"], next: nil))

    #expect(String(decoding: json.bytes, as: UTF8.self) == #"{"items":["a"],"next":null}"#)
  }
}
