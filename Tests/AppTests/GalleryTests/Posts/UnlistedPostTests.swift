import ArtelModel
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("An unlisted post")
struct UnlistedPostTests {
  @Test(arguments: Mode.allCases)
  func `is seen with its pictures by whoever has its address`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada, visibility: .unlisted)
    let original = "\(post.coverPath)/original.gif"

    try await site.serve(mode) { client in
      for person in [nil, Cast.linus, Cast.ada] {
        let answer = try await client.send(.get, "/api/posts/\(post.id)", as: person)
        #expect(answer.json["visibility"].text == "unlisted")
        #expect(answer.json["is_public"] == .bool(false))
        let page = try await TestBrowser(client, as: person).get("/posts/\(post.id)")
        #expect(page.status == .ok)
        #expect(page.text.contains("With the link"))
        for path in [original, post.thumbnailURL] {
          let file = try await client.send(.get, path, as: person)
          #expect(file.status == .ok)
          #expect(file.headers[.cacheControl] == "public, max-age=31536000, immutable")
        }
      }
    }
  }

  // Fails without `keptFromSearchEngines`: seen for the page and for the file.
  @Test func `is kept from search engines, unlike a public one`() async throws {
    let site = try await TestGallery.make()
    let unlisted = try await site.published(Sample.gif(), by: Cast.ada, visibility: .unlisted)
    let shown = try await site.published(Sample.gif(), by: Cast.ada)
    let robots = try #require(HTTPField.Name("x-robots-tag"))

    try await site.serve { client in
      for (post, expected) in [(unlisted, "noindex"), (shown, nil)] {
        for path in ["/posts/\(post.id)", post.thumbnailURL] {
          let answer = try await TestBrowser(client).get(path)
          #expect(answer.status == .ok)
          #expect(answer.headers[robots] == expected)
        }
      }
    }
  }

  // Fails with `visibility <> 'private'` in `shownToEverybody`: seen for each list.
  @Test func `stands in no list but its author's own`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      Sample.gif(),
      by: Cast.ada,
      visibility: .unlisted,
      tags: ["tea"]
    )
    let shown = try await site.post(by: Cast.ada, title: "shown")
    let album = try await site.album(with: [post, shown])
    try await Member.meet(Cast.linus.id, through: site.accounts, in: site.db)
    try await site.db.insert(Follow(followerID: Cast.linus.id, followingID: Cast.ada.id))
    let lists = [
      "/api/posts", "/api/posts?order=top&period=all", "/api/posts?order=top",
      "/api/posts?order=hot", "/api/posts?author=ada", "/api/posts?feed=home",
      "/api/albums/\(album.id)/posts",
    ]

    try await site.serve { client in
      for path in lists {
        let ids = try await client.send(.get, path, as: Cast.linus).json["items"].list
          .map { $0["id"].text }
        #expect(ids == [shown.id.description], "\(path)")
      }
      #expect(try await client.send(.get, "/api/posts?tag=tea").json["items"].list.isEmpty)
      #expect(try await client.send(.get, "/api/tags").json["items"].list.isEmpty)
      #expect(try await client.send(.get, "/api/tags/tea").status == .notFound)
      let own = try await client.send(.get, "/api/posts?author=ada", as: Cast.ada)
      #expect(own.json["items"].list.count == 2)
      let mine = try await TestBrowser(client, as: Cast.ada).get("/mine")
      #expect(mine.text.contains("With the link"))
    }
    let documents = try await site.db.published(PostCreated.self).map(\.post.searchDocument)
    #expect(documents.map(\.audience) == [[]])
  }

  @Test func `takes comments and votes of members as any other`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, visibility: .unlisted)

    try await site.serve { client in
      let path = "/api/posts/\(post.id)"
      let vote = try await client.send(
        .put,
        "\(path)/vote",
        as: Cast.linus,
        json: #"{"type": "upvote"}"#
      )
      let comment = try await client.send(
        .post,
        "\(path)/comments",
        as: Cast.linus,
        json: #"{"text": "Oh"}"#
      )
      let read = try await client.send(.get, "\(path)/comments")

      #expect(vote.status == .ok)
      #expect(comment.status == .created)
      #expect(read.json["items"].list.map { $0["text"].text } == ["Oh"])
    }
  }

  // Fails when `is_listed` follows `visibility <> 'private'`: the tag counted it.
  @Test func `leaves and enters lists, tags and searches as its visibility changes`()
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada, tags: ["tea"])
    let path = "/api/posts/\(post.id)"
    let changes: [Visibility] = [.unlisted, .public, .private, .unlisted, .private, .public]

    try await site.serve { client in
      for visibility in changes {
        let json = #"{"visibility": "\#(visibility.rawValue)"}"#
        let answer = try await client.send(.patch, path, as: Cast.ada, json: json)
        #expect(answer.status == .ok)
        let feed = try await client.send(.get, "/api/posts").json["items"].list
        let tagged = try await client.send(.get, "/api/posts?tag=tea").json["items"].list
        let count = visibility == .public ? 1 : 0
        #expect([feed.count, tagged.count] == [count, count])
        #expect(try await site.counts() == ["tea": count])
        let guests = try await client.send(.get, path)
        #expect(guests.status == (visibility == .private ? .notFound : .ok))
      }
    }
    let told = try await site.db.published(PostChanged.self).map(\.post)
    #expect(told.map(\.isPublic) == changes.map { $0 == .public })
    #expect(told.map { $0.searchDocument.audience.isEmpty } == changes.map { $0 != .public })
    #expect(Set(told.map { $0.searchDocument.version }).count == changes.count)
  }

  @Test func `is unlisted again, and in no tag, when it comes out of the trash`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      Sample.gif(),
      by: Cast.ada,
      visibility: .unlisted,
      tags: ["tea"]
    )

    try await site.gallery.delete(post.id, by: Cast.ada.id)
    try await site.serve { client in
      let answer = try await client.send(.get, "/api/posts/\(post.id)")
      let file = try await client.send(.get, post.thumbnailURL)
      #expect([answer.status, file.status] == [.notFound, .notFound])
    }
    try await site.gallery.restore(post.id, by: Cast.ada.id, isModerator: false)

    #expect(try await site.stored(post.id).visibility == .unlisted)
    #expect(try await site.counts() == ["tea": 0])
  }

  @Test(arguments: [
    (Visibility.unlisted, #"{"is_public": false}"#, Visibility.unlisted),
    (.unlisted, #"{"is_public": true}"#, .public),
    (.public, #"{"is_public": false}"#, .private),
    (.private, #"{"is_public": true}"#, .public),
    (.public, #"{"is_public": true, "visibility": "unlisted"}"#, .unlisted),
    (.private, #"{"is_public": false, "visibility": "public"}"#, .public),
    (.unlisted, #"{"title": "Tea"}"#, .unlisted),
  ])
  func `can be told by those who know only public and private`(
    before: Visibility,
    json: String,
    after: Visibility
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, visibility: before)

    try await site.serve { client in
      let answer = try await client.send(.patch, "/api/posts/\(post.id)", as: Cast.ada, json: json)
      #expect(answer.json["visibility"].text == after.rawValue)
    }
    #expect(try await site.stored(post.id).visibility == after)
  }

  @Test(arguments: [
    (["is_public": "false"], Visibility.private), (["is_public": "true"], .public),
    ([:], .public), (["visibility": "unlisted"], .unlisted),
    (["visibility": "private", "is_public": "true"], .private),
    (["visibility": "", "is_public": "false"], .private),
  ])
  func `is made by what a new one says`(
    fields: [String: String],
    visibility: Visibility
  ) async throws {
    let site = try await TestGallery.make()
    let upload = fields.reduce(Upload().file(Sample.gif())) { $0.field($1.key, $1.value) }

    try await site.serve { client in
      let answer = try await client.publish(upload)
      #expect(answer.json["visibility"].text == visibility.rawValue)
      #expect(answer.json["is_public"] == .bool(visibility == .public))
    }
  }
}
