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
      #expect(try PictureAnatomy.read(bytes).format == .stored(.webp))
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

  @Test func `makes something to show while it loads, of what is not transparent`() async throws {
    let painted = try await bench.prepare(bench.jpeg(800, 600)).placeholder
    let anatomy = try PictureAnatomy.read(try #require(painted))

    #expect(anatomy.format == .stored(.webp))
    #expect(anatomy.widthPixels == 16 && anatomy.heightPixels == 12)
    #expect(anatomy.sizeBytes < 300)
  }

  @Test func `keeps transparency`() async throws {
    let picture = try await bench.prepare(
      Fixture.png(width: 700, height: 40, color: [200, 30, 60, 128])
    )

    #expect(picture.placeholder == nil)
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
          format: .stored(.jpeg),
          widthPixels: isOnSide ? 200 : 300,
          heightPixels: isOnSide ? 300 : 200,
          frames: 1
        )
    )
    #expect(!original.contains(Fixture.secret))
    #expect(!original.contains("Exif"))
    #expect(try bench.outputFiles.count == 5)
  }

  @Test(arguments: 2...8)
  func `turns the pixels the right way`(orientation: Int) async throws {
    let (width, height) = (48, 32)
    func pixel(_ x: Int, _ y: Int) -> [UInt8] {
      [UInt8(x * 5), UInt8(y * 7), x < 9 && y < 5 ? 255 : 0]
    }
    func png(_ columns: Int, _ rows: Int, chunk: [UInt8], _ color: (Int, Int) -> [UInt8]) -> [UInt8]
    {
      var pixels: [UInt8] = []
      for y in 0..<rows {
        pixels += [0]
        for x in 0..<columns { pixels += color(x, y) }
      }
      return Fixture.pngSignature + Fixture.pngHeader(width: columns, height: rows) + chunk
        + Fixture.pngChunk("IDAT", Fixture.zlib(pixels)) + Fixture.pngChunk("IEND", [])
    }
    let exif = Fixture.pngChunk("eXIf", Fixture.exif(orientation: orientation, isLittle: false))
    // EXIF 2.32, tag 0x0112: where the first row and the first column of the stored picture are
    // seen.
    let (right, bottom) = (width - 1, height - 1)
    let upright = png(orientation < 5 ? width : height, orientation < 5 ? height : width, chunk: [])
    { x, y in
      switch orientation {
      case 2: pixel(right - x, y)
      case 3: pixel(right - x, bottom - y)
      case 4: pixel(x, bottom - y)
      case 5: pixel(y, x)
      case 6: pixel(y, bottom - x)
      case 7: pixel(right - y, bottom - x)
      default: pixel(right - y, x)
      }
    }
    let other = try Bench()

    let turned = try await bench.prepare(png(width, height, chunk: exif, pixel))
    let expected = try await other.prepare(upright)

    #expect(
      try bench.bytes(turned.thumbnails[3].file.path)
        == other.bytes(expected.thumbnails[3].file.path)
    )
    #expect(!(try bench.bytes(turned.original.path).contains("eXIf")))
    let again = try Bench()
    let reread = try await again.prepare(bench.bytes(turned.original.path))
    #expect(
      try again.bytes(reread.thumbnails[3].file.path)
        == other.bytes(expected.thumbnails[3].file.path)
    )
  }

  @Test func `inspects without a worker`() async throws {
    let bench = try Bench(workerPath: "/nonexistent")

    let header = try await bench.workshop.inspect(
      fileAt: bench.file(Fixture.gif(width: 7, height: 5, frames: 3))
    )

    #expect(
      header == PictureHeader(format: .stored(.gif), widthPixels: 7, heightPixels: 5, frames: 3)
    )
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
