import Foundation
import Testing

@testable import ArtelAuth

@Suite("Codes of authenticators")
struct TimedCodeTests {
  private let secret = Array("12345678901234567890".utf8)

  /// The last six of the eight digits of RFC 6238, appendix B.
  @Test(arguments: [
    (59, "287082"), (1_111_111_109, "081804"), (1_111_111_111, "050471"),
    (1_234_567_890, "005924"), (2_000_000_000, "279037"), (20_000_000_000, "353130"),
  ])
  func `are those of the RFC`(time: Int, code: String) {
    let date = Date(timeIntervalSince1970: TimeInterval(time))

    #expect(TimedCode(secret: secret).code(step: TimedCode.step(at: date)) == code)
    #expect(TimedCode(secret: secret).step(of: code, at: date) == time / 30)
  }

  @Test(arguments: [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)])
  func `of the half minutes before and after work, too`(shift: Int, works: Bool) {
    let codes = TimedCode(secret: secret)
    let start = Date(timeIntervalSince1970: 1_200_000_000)
    let code = codes.code(step: TimedCode.step(at: start))

    let step = codes.step(of: code, at: start + TimeInterval(shift))

    #expect((step != nil) == works)
  }

  @Test(arguments: ["", "28708", "2870822", "28708a", "２８７０８２", "287 082", "-87082", "+87082"])
  func `have six digits`(text: String) {
    #expect(
      TimedCode(secret: secret).step(of: text, at: Date(timeIntervalSince1970: 59)) == nil
    )
  }

  /// RFC 4648, 10.
  @Test(arguments: [
    ("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"),
    ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI"),
  ])
  func `are told to an app in base 32`(text: String, encoded: String) {
    #expect(TimedCode.text(of: Array(text.utf8)) == encoded)
  }

  @Test func `come with an address for apps`() {
    #expect(
      TimedCode.address(of: secret, account: "ada", issuer: "Artel")
        == "otpauth://totp/Artel:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Artel"
        + "&algorithm=SHA1&digits=6&period=30"
    )
  }
}

@Suite("Recovery codes")
struct RecoverySecretTests {
  @Test func `are read however people write them`() throws {
    let code = RecoverySecret.generate()
    let typed = " " + code.text.uppercased().replacing("-", with: " ").replacing("0", with: "O")

    #expect(RecoverySecret(typed)?.text == code.text)
    #expect(RecoverySecret("il0o0-00000")?.text == "11000-00000")
  }

  @Test(arguments: ["", "123456", "abcde-fghj", "abcde-fghjkm", "abcde-fghju", "abcde-fghjж"])
  func `have ten letters of theirs`(text: String) {
    #expect(RecoverySecret(text) == nil)
  }

  @Test func `differ, and are not shown by accident`() {
    let codes = (0..<100).map { _ in RecoverySecret.generate() }

    #expect(Set(codes.map(\.text)).count == 100)
    #expect("\(codes[0])" == "RecoverySecret(hidden)")
  }
}

@Suite("Keys for a purpose")
struct SecretKeyTests {
  private let secret = [UInt8](repeating: 7, count: 32)

  @Test func `open what they sealed, for the same owner and purpose only`() throws {
    let key = SecretKey("totp", from: secret)
    let sealed = try key.seal([1, 2, 3], for: "ada")

    #expect(sealed.count == 31)
    #expect(key.open(sealed, for: "ada") == [1, 2, 3])
    #expect(key.open(sealed, for: "grace") == nil)
    #expect(SecretKey("other", from: secret).open(sealed, for: "ada") == nil)
    #expect(try key.seal([1, 2, 3], for: "ada") != sealed)
  }

  @Test func `open nothing that was changed`() throws {
    let key = SecretKey("totp", from: secret)
    let sealed = try key.seal([1, 2, 3], for: "ada")

    for index in sealed.indices {
      var changed = sealed
      changed[index] ^= 1
      #expect(key.open(changed, for: "ada") == nil)
    }
    #expect(key.open([], for: "ada") == nil)
  }

  @Test func `make other digests for other owners, texts and purposes`() {
    let key = SecretKey("codes", from: secret)
    let digests = [
      key.hash("x", for: "ada"), key.hash("x", for: "grace"),
      key.hash("y", for: "ada"), SecretKey("totp", from: secret).hash("x", for: "ada"),
    ]

    #expect(Set(digests).count == 4)
    #expect(key.hash("x", for: "ada") == digests[0])
  }
}

@Suite("QR codes")
struct QRPictureTests {
  @Test func `have a quiet zone, and finders in three corners`() throws {
    let picture = try #require(QRPicture("otpauth://totp/Artel:ada?secret=GEZDGNBV"))

    #expect((picture.size - 8 - 17).isMultiple(of: 4))
    #expect(picture.path.hasPrefix("M4 4h7v1h-7z"))
    #expect(picture.path.contains("M\(picture.size - 11) 4h7v1h-7z"))
    #expect(picture.path.contains("M4 \(picture.size - 5)h7v1h-7z"))
    #expect(QRPicture(String(repeating: "x", count: 5000)) == nil)
  }
}
