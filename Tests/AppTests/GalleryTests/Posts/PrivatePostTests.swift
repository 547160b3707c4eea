import ArtelIdentifiers
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("A private post")
struct PrivatePostTests {
  @Test(arguments: Mode.allCases)
  func `is not there for anybody else`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      try await Sample.jpeg.value,
      by: Cast.ada,
      visibility: .private
    )
    let pictures = ["original.jpg", "160.webp", "480.webp", "960.webp", "1600.webp"].map {
      "\(post.coverPath)/\($0)"
    }

    try await site.serve(mode) { client in
      for path in ["/api/posts/\(post.id)", "/posts/\(post.id)"] + pictures {
        for person in [nil, Cast.linus] {
          let answer = try await client.send(.get, path, as: person)
          #expect(answer.status == .notFound)
        }
      }
      let edit = try await TestBrowser(client, as: Cast.linus).get("/posts/\(post.id)/edit")
      #expect(edit.status == .notFound)
    }
  }

  @Test func `looks to others exactly like one that never was`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Secret", visibility: .private)
    let never = PostID.generate()

    try await site.serve { client in
      for person in [nil, Cast.linus] {
        let hidden = try await client.send(.get, "/api/posts/\(post.id)", as: person)
        let absent = try await client.send(.get, "/api/posts/\(never)", as: person)

        #expect(hidden.json["type"] == absent.json["type"])
        #expect(hidden.json.names == absent.json.names)
        #expect(hidden.headers[.eTag] == nil)
      }
    }
  }

  @Test func `is seen by its author and kept nowhere`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      try await Sample.jpeg.value,
      by: Cast.ada,
      visibility: .private
    )

    try await site.serve { client in
      for path in ["/api/posts/\(post.id)", post.imageURL, post.thumbnailURL] {
        let answer = try await client.send(.get, path, as: Cast.ada)

        #expect(answer.status == .ok)
        #expect(answer.headers[.cacheControl] == "no-store")
      }
      #expect(try await TestBrowser(client, as: Cast.ada).get("/posts/\(post.id)").status == .ok)
    }
  }
}
