import Testing

@testable import ArtelPictures

@Suite("HEIC and AVIF")
struct HEIFTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
  }

  @Test func `become a JPEG without what the camera wrote`() async throws {
    #expect(Fixture.avif().contains(Fixture.secret))

    let picture = try await bench.prepare(Fixture.avif())

    #expect(picture.format == .jpeg)
    #expect(picture.original.widthPixels == 48 && picture.original.heightPixels == 32)
    #expect(picture.averageColor.red > 150 && picture.averageColor.green < 80)
    let cleaned = try bench.bytes(picture.original.path)
    #expect(!cleaned.contains(Fixture.secret) && !cleaned.contains("Exif"))
    #expect(try PictureAnatomy.read(cleaned).format == .stored(.jpeg))
    #expect(
      try bench.outputFiles == ["160.webp", "1600.webp", "480.webp", "960.webp", "original.jpg"]
    )
  }

  // The orientation in EXIF, 6, says nothing in this container.
  @Test(arguments: [(1, 32, 48), (2, 48, 32), (3, 32, 48)])
  func `stand upright`(quarterTurns: Int, width: Int, height: Int) async throws {
    let bytes = Fixture.avif(quarterTurns: quarterTurns)

    let header = try await bench.workshop.inspect(fileAt: bench.file(bytes))
    let picture = try await bench.prepare(bytes)

    #expect(header.format == .heif && header.frames == 1)
    #expect(header.widthPixels == width && header.heightPixels == height)
    #expect(picture.original.widthPixels == width && picture.original.heightPixels == height)
    #expect(picture.thumbnails[0].file.widthPixels == width)
  }

  @Test func `are measured before a pixel is decoded`() async throws {
    let refusal = try await bench.refusal(Fixture.avif(width: 20_000, height: 20_000))

    #expect(refusal == .tooManyPixels(found: 400_000_000, limit: 50_000_000))
    #expect(bench.workshop.crew.processIDs.isEmpty)
  }

  @Test func `are refused when they are cut short, or about nothing`() async throws {
    for count in stride(from: 30, to: Fixture.avif().count, by: 7) {
      #expect(try await bench.refusal(Array(Fixture.avif().prefix(count))) == .damaged)
    }
    #expect(try await bench.refusal(Fixture.avif(primary: 7)) == .damaged)
    #expect(try await bench.refusal(Fixture.avif(width: 0)) == .damaged)
    #expect(try await bench.refusal(Fixture.avif(padding: 1 << 20)) == .damaged)
    #expect(try bench.outputFiles.isEmpty)
  }

  @Test func `make portraits`() async throws {
    let picture = try await bench.prepare(Fixture.avif(), copies: .portrait)

    #expect(picture.thumbnails.map(\.file.widthPixels) == [32, 32, 32])
  }
}
