import Foundation
import Testing

@testable import ArtelPictures

@Suite("Preparing a picture")
struct PictureWorkshopTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
  }

  @Test func `makes thumbnails that fit their boxes`() async throws {
    let picture = try await bench.prepare(bench.jpeg(1800, 1200))

    #expect(picture.format == .jpeg)
    #expect(picture.original.widthPixels == 1800)
    #expect(picture.original.heightPixels == 1200)
    #expect(picture.thumbnails.map(\.boxPixels) == [160, 480, 960, 1600])
    #expect(picture.thumbnails.map(\.file.widthPixels) == [160, 480, 960, 1600])
    #expect(picture.thumbnails.map(\.file.heightPixels) == [107, 320, 640, 1067])
    for thumbnail in picture.thumbnails {
      let bytes = try bench.bytes(thumbnail.file.path)
      #expect(bytes.count == thumbnail.file.sizeBytes)
      #expect(try PictureAnatomy.read(bytes).format == .webp)
      #expect(try PictureAnatomy.read(bytes).widthPixels == thumbnail.file.widthPixels)
    }
    #expect(
      try bench.outputFiles == ["160.webp", "1600.webp", "480.webp", "960.webp", "original.jpg"]
    )
  }

  @Test func `never enlarges`() async throws {
    let picture = try await bench.prepare(Fixture.png(width: 200, height: 300))

    #expect(picture.thumbnails.map(\.file.heightPixels) == [160, 300, 300, 300])
    #expect(picture.thumbnails.map(\.file.widthPixels) == [107, 200, 200, 200])
    #expect(picture.original.sizeBytes == Fixture.png(width: 200, height: 300).count)
  }

  @Test func `takes a picture of one pixel`() async throws {
    let picture = try await bench.prepare(Fixture.png(width: 1, height: 1))

    #expect(picture.thumbnails.map(\.file.widthPixels) == [1, 1, 1, 1])
  }

  @Test func `takes a picture that is very long`() async throws {
    let picture = try await bench.prepare(Fixture.png(width: 20_000, height: 1))

    #expect(picture.thumbnails.map(\.file.heightPixels) == [1, 1, 1, 1])
  }

  @Test func `knows the average color`() async throws {
    let picture = try await bench.prepare(Fixture.png(width: 40, height: 40, color: [200, 30, 60]))

    #expect(picture.averageColor.hex == "#c81e3c")
  }

  @Test func `keeps transparency`() async throws {
    let picture = try await bench.prepare(
      Fixture.png(width: 700, height: 40, color: [200, 30, 60, 128])
    )

    for thumbnail in picture.thumbnails {
      let bytes = try bench.bytes(thumbnail.file.path)
      #expect(bytes.contains("ALPH"))
      #expect(!bytes.contains("EXIF"))
      #expect(
        try await bench.workshop.inspect(fileAt: thumbnail.file.path).widthPixels
          == thumbnail.file.widthPixels
      )
    }
  }

  @Test func `keeps a color profile and shows its colors in the thumbnails`() async throws {
    let profile = Fixture.pngChunk(
      "iCCP",
      Array("swap\0\0".utf8) + Fixture.zlib(Fixture.swappedProfile)
    )

    let picture = try await bench.prepare(
      Fixture.png(width: 40, height: 40, color: [255, 0, 0], chunks: profile)
    )

    #expect(try bench.bytes(picture.original.path).contains("iCCP"))
    #expect(picture.averageColor.red < 40)
    #expect(picture.averageColor.blue > 215)
  }

  @Test func `takes a picture whose color profile is nonsense`() async throws {
    let jpeg = Fixture.jpeg(
      try await bench.jpeg(64, 64),
      with: Fixture.segment(0xE2, Array("ICC_PROFILE\0".utf8) + [1, 1, 9, 9, 9])
    )

    #expect(try await bench.refusal(jpeg) == nil)
  }

  @Test(arguments: 1...8)
  func `turns a photograph upright`(orientation: Int) async throws {
    let jpeg = Fixture.jpeg(
      try await bench.jpeg(300, 200),
      with: Fixture.privateSegments(orientation: orientation)
    )

    let picture = try await bench.prepare(jpeg)

    let isOnSide = orientation >= 5
    #expect(picture.original.widthPixels == (isOnSide ? 200 : 300))
    #expect(picture.thumbnails[0].file.widthPixels == (isOnSide ? 107 : 160))
    let original = try bench.bytes(picture.original.path)
    #expect(
      try PictureAnatomy.read(original).header
        == PictureHeader(
          format: .jpeg,
          widthPixels: isOnSide ? 200 : 300,
          heightPixels: isOnSide ? 300 : 200,
          frames: 1
        )
    )
    #expect(!original.contains(Fixture.secret))
    #expect(!original.contains("Exif"))
    #expect(try bench.outputFiles.count == 5)
  }

  @Test func `turns the pixels the right way`() async throws {
    // Red above blue on the left; orientation 6 asks for a quarter turn to the right.
    let row = { (color: [UInt8]) in [0] + [[UInt8]](repeating: color, count: 64).joined() }
    let rows = (0..<128).flatMap { row($0 < 64 ? [255, 0, 0] : [0, 0, 255]) }
    let png =
      Fixture.pngSignature + Fixture.pngHeader(width: 64, height: 128)
      + Fixture.pngChunk("eXIf", Fixture.exif(orientation: 6, isLittle: false))
      + Fixture.pngChunk("IDAT", Fixture.zlib(rows)) + Fixture.pngChunk("IEND", [])

    let picture = try await bench.prepare(png)

    #expect(picture.original.widthPixels == 128)
    #expect(picture.original.heightPixels == 64)
    #expect(!(try bench.bytes(picture.original.path).contains("eXIf")))
  }

  @Test func `inspects without a worker`() async throws {
    let bench = try Bench(workerPath: "/nonexistent")

    let header = try await bench.workshop.inspect(
      fileAt: bench.file(Fixture.gif(width: 7, height: 5, frames: 3))
    )

    #expect(header == PictureHeader(format: .gif, widthPixels: 7, heightPixels: 5, frames: 3))
  }

  @Test func `prepares many pictures at once`() async throws {
    let jpeg = try await bench.jpeg(400, 300)

    let widths = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<12 {
        group.addTask { try await Bench().prepare(jpeg).thumbnails[1].file.widthPixels }
      }
      for _ in 0..<12 {
        group.addTask {
          let output = bench.folder.appending(path: UUID().uuidString).path()
          try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
          return try await bench.workshop.prepare(fileAt: bench.file(jpeg), into: output)
            .thumbnails[1].file.widthPixels
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }

    #expect(widths == [Int](repeating: 400, count: 24).map { _ in 400 })
    #expect(bench.workshop.crew.processIDs.count <= 2)
  }

  @Test func `paints the same picture for the same seed`() async throws {
    let first = try await bench.jpeg(96, 64, kind: 3)
    let second = try await bench.jpeg(96, 64, kind: 3)

    #expect(first == second)
    #expect(try PictureAnatomy.read(first).widthPixels == 96)
  }
}
