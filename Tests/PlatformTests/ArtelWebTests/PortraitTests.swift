import ArtelIdentifiers
import Testing

@testable import ArtelWeb

@Suite("How pages show a person")
struct PortraitTests {
  private enum Someone {}

  @Test(arguments: [
    ("Ada Lovelace", "AL"), ("ada", "A"), ("Жан-Поль ван дер Берг", "ЖВ"), ("  ё  ", "Ё"),
    ("👩‍🎨 Ada", "👩‍🎨A"),
  ])
  func `by the first letters of two words`(name: String, initials: String) {
    #expect(Portrait.initials(of: name) == initials)
  }

  @Test func `by a color that follows from the id alone, and all colors come up`() {
    let ids = (0..<200).map { _ in Identifier<Someone>.generate() }
    let tones = ids.map { tone(of: Portrait(of: $0, named: "Ada", picture: nil)) }

    #expect(tones == ids.map { tone(of: Portrait(of: $0, named: "Grace", picture: nil)) })
    #expect(Set(tones).count == Portrait.tones)
    #expect(tones.allSatisfy { $0.map { (0..<Portrait.tones).contains($0) } ?? false })
  }

  @Test func `by a picture, in the size that fits`() {
    let picture = SquarePicture([(64, "/a/64.webp"), (192, "/a/192.webp")])
    let view = ViewValue(
      reflecting: Portrait(of: Identifier<Someone>.generate(), named: "Ada", picture: picture)
    )

    #expect(view.text("picture_url") == "/a/64.webp")
    #expect(view.text("picture_srcset") == "/a/64.webp 64w, /a/192.webp 192w")
    var json = JSONWriter()
    json.value(picture)
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"url_64":"/a/64.webp","url_192":"/a/192.webp"}"#
    )
  }

  private func tone(of portrait: Portrait) -> Int? {
    guard case .number(let tone)? = ViewValue(reflecting: portrait).member("tone") else {
      return nil
    }
    return tone
  }
}

extension ViewValue {
  fileprivate func member(_ name: String) -> ViewValue? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  fileprivate func text(_ name: String) -> String? {
    guard case .text(let text)? = member(name) else { return nil }
    return text
  }
}
