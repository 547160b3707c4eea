import ArtelAuth
import ArtelIdentifiers
import Foundation
import Testing

@Suite("Opaque tokens")
struct OpaqueTokenTests {
  @Test func `a token reads back with the digest under which it was stored`() throws {
    let token = OpaqueToken.generate(.refresh)

    let shown = try #require(OpaqueToken(token.text, .refresh))

    #expect(token.text.hasPrefix("artel_rt_"))
    #expect(token.text.count == 9 + 43)
    #expect(shown.digest == token.digest)
    #expect(TokenDigest(token.digest.bytes) == token.digest)
  }

  @Test func `a digest is the SHA-256 of the whole text`() throws {
    let token = try #require(
      OpaqueToken(String(repeating: "A", count: 43), OpaqueTokenKind(prefix: ""))
    )

    let hex = token.digest.bytes.map { String(format: "%02x", $0) }.joined()

    #expect(hex == "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a")
  }

  @Test func `no two tokens are the same`() {
    let texts = (0..<1_000).map { _ in OpaqueToken.generate(.pageSession).text }

    #expect(Set(texts).count == 1_000)
  }

  @Test func `a token of one kind is none of another`() {
    #expect(OpaqueToken(OpaqueToken.generate(.refresh).text, .setup) == nil)
  }

  @Test(arguments: [
    "", "artel_rt_", "artel_rt_AAAA", "artel_rt_" + String(repeating: "A", count: 42),
    "artel_rt_" + String(repeating: "A", count: 44),
    "artel_rt_" + String(repeating: "+", count: 43),
    "artel_rt_" + String(repeating: "A", count: 42) + "B",
    "artel_rt_" + String(repeating: "я", count: 43),
  ])
  func `text of another form is no token`(text: String) {
    #expect(OpaqueToken(text, .refresh) == nil)
  }

  @Test func `a token never shows itself in a log`() {
    let token = OpaqueToken.generate(.refresh)
    var dumped = ""
    dump(token, to: &dumped)

    #expect("\(token)" == "OpaqueToken(hidden)")
    #expect(String(reflecting: [token]) == "[OpaqueToken(hidden)]")
    #expect(!dumped.contains(token.text))
  }
}
