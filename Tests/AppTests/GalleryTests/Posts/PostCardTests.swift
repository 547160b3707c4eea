import ArtelTesting
import Foundation
import GalleryContract
import Testing

@testable import Gallery

@Suite("A post on a page")
struct PostCardTests {
  @Test func `says when it was changed, if it was`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client in
      let before = try await TestBrowser(client).get("/posts/\(post.id)").text
      site.clock.advance(by: .seconds(1))
      _ = try await client.send(
        .patch,
        "/api/posts/\(post.id)",
        as: Cast.ada,
        json: #"{"title": "Tea"}"#
      )
      let after = try await TestBrowser(client).get("/posts/\(post.id)").text

      #expect(!before.contains("Changed"))
      #expect(after.contains("Changed"))
    }
  }
}
