import Foundation
import Testing

@testable import ArtelPictures

@Suite("A square from the middle of a picture")
struct PortraitTests {
  let bench: Bench

  init() throws {
    bench = try Bench()
  }

  // Fails without to_square(): what is smaller than a box in one direction stays oblong.
  @Test(arguments: [
    (1800, 1200, [64, 192, 512]), (600, 2000, [64, 192, 512]), (3000, 300, [64, 192, 300]),
    (100, 700, [64, 100, 100]), (512, 512, [64, 192, 512]), (1, 90, [1, 1, 1]),
  ])
  func `has every size, and is never enlarged`(width: Int, height: Int, sides: [Int]) async throws {
    let picture = try await bench.prepare(
      Fixture.png(width: width, height: height),
      copies: .portrait
    )

    #expect(picture.thumbnails.map(\.boxPixels) == [64, 192, 512])
    #expect(picture.thumbnails.map(\.file.widthPixels) == sides)
    #expect(picture.thumbnails.map(\.file.heightPixels) == sides)
    for thumbnail in picture.thumbnails {
      let anatomy = try PictureAnatomy.read(bench.bytes(thumbnail.file.path))
      #expect(anatomy.format == .stored(.webp))
      #expect([anatomy.widthPixels, anatomy.heightPixels].allSatisfy(sides.contains))
    }
  }

  @Test func `is turned upright and tells nothing of where it was taken`() async throws {
    let jpeg = Fixture.jpeg(
      try await bench.jpeg(900, 600),
      with: Fixture.privateSegments(orientation: 6)
    )

    let picture = try await bench.prepare(jpeg, copies: .portrait)

    #expect(picture.thumbnails.map(\.file.widthPixels) == [64, 192, 512])
    for thumbnail in picture.thumbnails {
      #expect(!(try bench.bytes(thumbnail.file.path).contains(Fixture.secret)))
    }
  }

  @Test func `shows the middle, not an end`() async throws {
    // Three squares beside each other; only the one in the middle is green.
    let picture = try await bench.prepare(
      Fixture.png(stripes: [[200, 0, 0], [0, 200, 0], [0, 0, 200]], side: 90),
      copies: .portrait
    )

    #expect(picture.averageColor.green > 150)
    #expect(picture.averageColor.red < 40)
    #expect(picture.averageColor.blue < 40)
  }
}
