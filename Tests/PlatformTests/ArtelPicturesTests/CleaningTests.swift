import Foundation
import Testing

@testable import ArtelPictures

@Suite("Cleaning a picture")
struct CleaningTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
  }

  @Test func `drops what a JPEG says beyond its pixels and keeps its color profile`() async throws {
    let profile = Fixture.segment(
      0xE2,
      Array("ICC_PROFILE\0".utf8) + [1, 1] + Fixture.swappedProfile
    )
    let painted = try await bench.jpeg(64, 48)

    let picture = try await bench.prepare(
      Fixture.jpeg(painted, with: Fixture.privateSegments(orientation: 1) + profile)
    )

    let cleaned = try bench.bytes(picture.original.path)
    #expect(!cleaned.contains(Fixture.secret))
    #expect(!cleaned.contains("Exif"))
    #expect(cleaned.contains("ICC_PROFILE"))
    #expect(
      Set(Fixture.markers(cleaned)).isSubset(of: [0xE0, 0xE2, 0xEE, 0xDB, 0xC0, 0xC2, 0xC4, 0xDD])
    )
    #expect(cleaned.suffix(from: cleaned.count - 500) == painted.suffix(from: painted.count - 500))
  }

  @Test func `drops the thumbnail inside a JFIF segment`() async throws {
    let painted = try await bench.jpeg(64, 48)
    let pixels = Array(Fixture.secret.utf8.prefix(12))
    let jfif = Fixture.segment(0xE0, Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 2, 2] + pixels)

    let anatomy = try PictureAnatomy.read(Fixture.jpeg(painted, with: jfif))

    #expect(
      anatomy.pieces.contains(
        .made([0xFF, 0xE0, 0, 16] + Array("JFIF\0".utf8) + [1, 2, 0, 0, 1, 0, 1, 0, 0])
      )
    )
  }

  @Test func `drops the text of a PNG and keeps how it looks`() async throws {
    let chunks =
      Fixture.pngChunk("tEXt", Array("Comment\0\(Fixture.secret)".utf8))
      + Fixture.pngChunk("iTXt", Array("XML:com.adobe.xmp\0\0\0\0\0\(Fixture.secret)".utf8))
      + Fixture.pngChunk("tIME", [7, 0xE8, 1, 1, 1, 1, 1])
      + Fixture.pngChunk("prVt", Array(Fixture.secret.utf8))
      + Fixture.pngChunk("gAMA", Fixture.big(45455, 4)) + Fixture.pngChunk("sRGB", [0])

    let picture = try await bench.prepare(Fixture.png(width: 9, height: 9, chunks: chunks))

    let kept = Fixture.pngChunk("gAMA", Fixture.big(45455, 4)) + Fixture.pngChunk("sRGB", [0])
    #expect(
      try bench.bytes(picture.original.path) == Fixture.png(width: 9, height: 9, chunks: kept)
    )
  }

  @Test func `keeps the frames of an animated PNG`() throws {
    let control = {
      Fixture.pngChunk(
        "fcTL",
        Fixture.big($0, 4) + Fixture.big(4, 4) + Fixture.big(4, 4) + Fixture.big(0, 14)
      )
    }
    let pixels = Fixture.zlib([UInt8](repeating: 0, count: 13 * 4))
    let png =
      Fixture.pngSignature + Fixture.pngHeader(width: 4, height: 4)
      + Fixture.pngChunk("acTL", Fixture.big(2, 4) + Fixture.big(0, 4)) + control(0)
      + Fixture.pngChunk("IDAT", pixels) + control(1)
      + Fixture.pngChunk("fdAT", Fixture.big(2, 4) + pixels)
      + Fixture.pngChunk("IEND", [])

    let anatomy = try PictureAnatomy.read(png)

    #expect(anatomy.frames == 2)
    #expect(anatomy.pieces == [.kept(0..<png.count)])
  }

  @Test func `drops the comments of a GIF and keeps its loop`() async throws {
    let loop = Fixture.gifApplication("NETSCAPE2.0", [1, 0, 0])
    let extensions =
      Fixture.gifComment(Fixture.secret)
      + Fixture.gifApplication("XMP DataXMP", Array(Fixture.secret.utf8)) + loop

    let picture = try await bench.prepare(
      Fixture.gif(width: 5, height: 4, frames: 3, extensions: extensions)
    )

    #expect(picture.frames == 3)
    #expect(
      try bench.bytes(picture.original.path)
        == Fixture.gif(width: 5, height: 4, frames: 3, extensions: loop)
    )
  }

  @Test func `adds the end mark a GIF lacks`() async throws {
    let gif = Fixture.gif(width: 5, height: 4, frames: 2)

    let picture = try await bench.prepare(gif.dropLast())

    #expect(try bench.bytes(picture.original.path) == gif)
  }

  @Test func `drops the metadata of a WebP and mends its header`() async throws {
    let simple = try await bench.webP(60, 40)
    let extended = Fixture.webP(extending: simple, width: 60, height: 40, orientation: 1)

    let picture = try await bench.prepare(extended)

    let expected = Fixture.riff(
      Fixture.webPChunk("VP8X", [0, 0, 0, 0] + Fixture.little(59, 3) + Fixture.little(39, 3))
        + simple[12...]
    )
    #expect(try bench.bytes(picture.original.path) == expected)
  }

  @Test func `turns a WebP upright`() async throws {
    let extended = Fixture.webP(
      extending: try await bench.webP(60, 40),
      width: 60,
      height: 40,
      orientation: 8
    )

    let picture = try await bench.prepare(extended)

    #expect(picture.original.widthPixels == 40)
    #expect(!(try bench.bytes(picture.original.path).contains(Fixture.secret)))
  }

  @Test func `is checked by the worker with libvips' own reader`() async throws {
    let jpeg = Fixture.jpeg(
      try await bench.jpeg(64, 48),
      with: Fixture.privateSegments(orientation: 1)
    )
    let request = WorkerMessage.Preparation(
      format: .stored(.jpeg),
      orientation: 1,
      quality: 80,
      isSquare: false,
      pixelLimit: 1_000_000,
      source: try bench.file(jpeg),
      encoded: nil,
      thumbnails: [.init(boxPixels: 16, path: "\(bench.output)/16.webp")]
    )
    let worker = try bench.workshop.crew.take()
    defer { bench.workshop.crew.discard(worker, "test") }

    let reply = try worker.exchange(request.request, timeLimit: .seconds(300))

    #expect(reply.outcome == .unclean)
    #expect(try bench.outputFiles.isEmpty)
  }
}
