import ArtelIdentifiers
import Foundation
import Testing

private enum Thing {}
private typealias ThingID = Identifier<Thing>

@Suite("An identifier")
struct IdentifierTests {
  private let text = "0190163d-8694-739b-aea5-966c26f8ad91"

  @Test func `reads and writes the text of a UUID`() throws {
    let id = try #require(ThingID(text))

    #expect(id.description == text)
    #expect(id.rawValue == UUID(uuidString: text))
    #expect(ThingID(id.rawValue) == id)
  }

  @Test func `agrees with Foundation on any bytes`() {
    for _ in 0..<2_000 {
      let uuid = UUID()
      let id = ThingID(uuid)
      #expect(id.description == uuid.uuidString.lowercased())
      #expect(ThingID(uuid.uuidString)?.rawValue == uuid)
    }
  }

  @Test func `reads capitals and substrings`() {
    #expect(ThingID(text.uppercased())?.description == text)
    #expect(ThingID("id=\(text)".dropFirst(3))?.description == text)
  }

  @Test(arguments: [
    "", "0190163d", "0190163d-8694-739b-aea5-966c26f8ad9", "0190163d-8694-739b-aea5-966c26f8ad911",
    "0190163d86944739b4aea54966c26f8ad91a", "0190163g-8694-739b-aea5-966c26f8ad91",
    "{190163d-8694-739b-aea5-966c26f8ad91", "0190163d-8694-739b-aea5-966c26f8ad9`",
    "0190163d-8694-739b-aea5-966c26f8ad9/", "0190163d-8694-739b-aea5-966c26f8ad9:",
    "0190163d_8694_739b_aea5_966c26f8ad91", " 190163d-8694-739b-aea5-966c26f8ad91",
    "٠190163d-8694-739b-aea5-966c26f8ad9",
  ])
  func `refuses text that is no UUID`(wrong: String) {
    #expect(ThingID(wrong) == nil)
  }

  @Test func `appends its text to bytes`() throws {
    let id = try #require(ThingID(text))
    var bytes: [UInt8] = [UInt8(ascii: "[")]

    id.write(hexTo: &bytes)

    #expect(String(decoding: bytes, as: UTF8.self) == "[" + text)
    #expect(id.withUTF8Text { String(decoding: $0, as: UTF8.self) } == text)
  }

  @Test func `is a string in JSON and a key of an object`() throws {
    let id = try #require(ThingID(text))

    let array = try JSONEncoder().encode([id])
    let object = try JSONEncoder().encode([id: 1])

    #expect(String(decoding: array, as: UTF8.self) == "[\"\(text)\"]")
    #expect(String(decoding: object, as: UTF8.self) == "{\"\(text)\":1}")
    #expect(try JSONDecoder().decode([ThingID].self, from: array) == [id])
    #expect(try JSONDecoder().decode([ThingID: Int].self, from: object) == [id: 1])
  }

  @Test func `refuses a JSON string that is no UUID`() {
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode([ThingID].self, from: Data(#"["x"]"#.utf8))
    }
  }

  @Test func `sorts as its bytes do`() throws {
    let small = try #require(ThingID("00000000-0000-0000-ffff-ffffffffffff"))
    let middle = try #require(ThingID("00000000-0000-0001-0000-000000000000"))
    let large = try #require(ThingID("ff000000-0000-0000-0000-000000000000"))

    #expect([large, small, middle].sorted() == [small, middle, large])
  }
}
