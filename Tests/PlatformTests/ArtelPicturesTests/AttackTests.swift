import Foundation
import Testing

@testable import ArtelPictures

@Suite("Refusing a picture")
struct AttackTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
  }

  @Test func `refuses an empty file`() async throws {
    #expect(try await bench.refusal([]) == .empty)
  }

  @Test func `refuses a file that is too large`() async throws {
    var limits = PictureLimits()
    limits.sizeBytes = 100

    #expect(
      try await bench.refusal(Fixture.png(width: 9, height: 9), limits: limits)
        == .tooLarge(limitBytes: 100)
    )
  }

  @Test func `refuses a decompression bomb before decoding it`() async throws {
    let bomb = Fixture.pngBomb(side: 20_000)
    #expect(bomb.count < 350_000)

    let refusal = try await bench.refusal(bomb)

    #expect(refusal == .tooManyPixels(found: 400_000_000, limit: 50_000_000))
    #expect(bench.workshop.crew.processIDs.isEmpty)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `refuses sides beyond the limit`() async throws {
    #expect(
      try await bench.refusal(Fixture.pngBomb(side: 60_000))
        == .tooLong(found: 60_000, limit: 30_000)
    )
  }

  @Test func `takes a bomb that is within the limits`() async throws {
    #expect(try await bench.refusal(Fixture.pngBomb(side: 7000)) == nil)
  }

  @Test func `refuses more frames than allowed`() async throws {
    let gif = Fixture.gif(width: 1, height: 1, frames: 20_000)

    #expect(try await bench.refusal(gif) == .tooManyFrames(found: 20_000, limit: 2000))
  }

  @Test func `counts the pixels of all frames`() async throws {
    let gif = Fixture.gif(width: 2, height: 2, frames: 200, screen: 1000)

    #expect(try await bench.refusal(gif) == .tooManyPixels(found: 200_000_000, limit: 50_000_000))
  }

  @Test func `counts the pixels of a frame larger than its GIF`() throws {
    let anatomy = try PictureAnatomy.read(Fixture.gif(width: 30, height: 20, frames: 1, screen: 1))

    #expect(anatomy.widthPixels == 30)
    #expect(anatomy.heightPixels == 20)
  }

  @Test func `survives a header that announces more than there is`() async throws {
    var png = Fixture.pngSignature + Fixture.pngHeader(width: 0x7FFF_FFFF, height: 0x7FFF_FFFF)
    png += Fixture.pngChunk("acTL", Fixture.big(0xFFFF_FFFF, 4) + Fixture.big(0, 4))
    png += Fixture.pngChunk("IDAT", Fixture.zlib([0])) + Fixture.pngChunk("IEND", [])
    let limits = PictureLimits(sidePixels: .max, frames: .max)

    #expect(
      try await bench.refusal(png, limits: limits) == .tooManyPixels(found: .max, limit: 50_000_000)
    )
  }

  @Test(arguments: [0.1, 0.5, 0.9, 0.999])
  func `refuses a truncated JPEG`(share: Double) async throws {
    let jpeg = try await bench.jpeg(300, 200)

    #expect(
      try await bench.refusal(Array(jpeg.prefix(Int(Double(jpeg.count) * share)))) == .damaged
    )
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `refuses a JPEG whose pixels end early`() async throws {
    let jpeg = try await bench.jpeg(300, 200)

    #expect(try await bench.refusal(jpeg.prefix(jpeg.count / 2) + [0xFF, 0xD9]) == .damaged)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test(arguments: [8, 20, 40, 1000])
  func `refuses a truncated PNG`(count: Int) async throws {
    #expect(
      try await bench.refusal(Array(Fixture.png(width: 40, height: 40).prefix(count))) == .damaged
    )
  }

  @Test func `refuses a PNG with fewer rows than its header says`() async throws {
    #expect(try await bench.refusal(Fixture.png(width: 50, height: 50, rows: 10)) == .damaged)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `refuses a truncated WebP`() async throws {
    let webP = try await bench.webP(200, 100)

    #expect(try await bench.refusal(webP.dropLast(100)) == .damaged)
    #expect(try await bench.refusal(Fixture.riff(webP[12...].dropLast(100))) == .damaged)
  }

  @Test func `refuses a truncated GIF`() async throws {
    #expect(
      try await bench.refusal(Fixture.gif(width: 50, height: 50, frames: 1).dropLast(100))
        == .damaged
    )
  }

  @Test(arguments: [
    ("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
    ("<?xml version='1.0'?><!-- --><svg onload='alert(1)'/>", "SVG"),
    ("<!DOCTYPE html><script>alert(1)</script>", "HTML"),
    ("%PDF-1.7 and so on", "PDF"),
    ("\0\0\0\u{1C}ftyphevc\0\0\0\0msf1hevc", "A moving HEIC"),
    ("\0\0\0\u{1C}ftypavis\0\0\0\0msf1avis", "A moving AVIF"),
    ("\0\0\0\u{1C}ftypisom\0\0\0\0isommp42", "Video"),
    ("PK\u{3}\u{4}", "ZIP"),
  ])
  func `refuses other types whatever their name`(content: String, name: String) async throws {
    let path = try bench.file(Array(content.utf8), "picture.jpg")

    let error = await #expect(throws: PictureError.self) {
      _ = try await bench.workshop.prepare(fileAt: path, into: bench.output)
    }

    #expect(error == .unsupportedType(found: name))
  }

  @Test func `refuses bytes without a meaning`() async throws {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) }

    #expect(try await bench.refusal(bytes) == .unsupportedType(found: nil))
  }

  @Test func `survives random bytes behind every signature`() async throws {
    var generator = Dice(seed: 7)
    let starts = [
      [0xFF, 0xD8, 0xFF], Fixture.pngSignature, Array("GIF89a".utf8),
      Array("RIFF\0\u{1}\0\0WEBPVP8X".utf8),
      Array("\0\0\0\u{14}ftypavif\0\0\0\0mif1\0\0\u{1}\0meta\0\0\0\0".utf8),
    ]
    for start in starts {
      for _ in 0..<300 {
        let bytes =
          start
          + (0..<Int.random(in: 0..<600, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
          }
        #expect(throws: PictureError.self) { try PictureAnatomy.read(bytes) }
      }
    }
  }

  @Test func `survives one wrong byte anywhere in a header`() async throws {
    var generator = Dice(seed: 11)
    let jpeg = try await bench.jpeg(64, 48)
    let samples = [
      jpeg, Fixture.png(width: 20, height: 20), Fixture.gif(width: 9, height: 9, frames: 3),
      Fixture.webP(extending: try await bench.webP(60, 40), width: 60, height: 40, orientation: 3),
    ]
    let limits = PictureLimits(pixels: 4_000_000)
    for sample in samples {
      for _ in 0..<40 {
        var bytes = sample
        bytes[Int.random(in: 0..<min(700, bytes.count), using: &generator)] = UInt8.random(
          in: 0...255,
          using: &generator
        )
        let refusal = try await bench.refusal(bytes, limits: limits)
        #expect(refusal?.isCallersFault ?? true)
        #expect(try bench.outputFiles.count == (refusal == nil ? 5 : 0))
        for name in try bench.outputFiles {
          try FileManager.default.removeItem(atPath: "\(bench.output)/\(name)")
        }
      }
    }
  }

  @Test func `cuts an archive off the end of a JPEG`() async throws {
    let archive = Array("PK\u{3}\u{4}\(Fixture.secret)PK\u{5}\u{6}".utf8)

    let picture = try await bench.prepare(try await bench.jpeg(64, 48) + archive)

    let cleaned = try bench.bytes(picture.original.path)
    #expect(!cleaned.contains(Fixture.secret))
    #expect(cleaned.suffix(2) == [0xFF, 0xD9])
  }

  @Test func `cuts a script out of a GIF`() async throws {
    let gif = Fixture.gif(
      width: 4,
      height: 4,
      frames: 1,
      extensions: Fixture.gifComment("*/=1;alert(1);/*")
    )

    let picture = try await bench.prepare(gif + Array("*/;alert(2)".utf8))

    #expect(!(try bench.bytes(picture.original.path).contains("alert")))
  }

  @Test func `cuts everything off the end of a PNG and a WebP`() async throws {
    let png = Fixture.png(width: 9, height: 9)
    let webP = try await bench.webP(64, 48)

    let first = try PictureAnatomy.read(png + Array(Fixture.secret.utf8))
    let second = try PictureAnatomy.read(webP + Array(Fixture.secret.utf8))

    #expect(first.sizeBytes == png.count)
    #expect(second.sizeBytes == webP.count)
  }
}

/// The same numbers for the same seed.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}
