import ArtelModel
import ArtelPictures
import ArtelTesting
import Foundation
import Testing

@testable import Gallery

@Suite("Importing a picture of this machine")
struct ImportingTests {
  @Test func `publishes it as of a day and leaves the file alone`() async throws {
    let site = try await TestGallery.make()
    let day = site.clock.now.addingTimeInterval(-86_400)
    let source = TestFiles()
    try FileManager.default.createDirectory(
      atPath: source.folder,
      withIntermediateDirectories: true
    )
    let path = "\(source.folder)/tea.gif"
    try Data(Sample.gif()).write(to: URL(filePath: path))

    let id = try await site.gallery.publish(
      picturesAt: [path],
      title: "Tea",
      description: "Green",
      isPublic: false,
      views: 7,
      by: Cast.ada.id,
      at: day
    )

    let post = try await site.stored(id)
    #expect(post.title == "Tea")
    #expect(post.description == "Green")
    #expect(!post.isPublic)
    #expect(post.views == 7)
    #expect(post.createdAt == day)
    #expect(FileManager.default.fileExists(atPath: path))
    #expect(site.files.leftovers == [])
  }
}
