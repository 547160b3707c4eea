import ArtelModel
import ArtelTesting
import ArtelWeb
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Reading a post")
struct PostReadingTests {
  @Test(arguments: Mode.allCases)
  func `is not sent again to whoever holds it`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve(mode) { client in
      let first = try await client.send(.get, post.path)
      let tag = try #require(first.headers[.eTag])
      let second = try await client.send(.get, post.path, headers: [.ifNoneMatch: tag])

      #expect(first.status == .ok)
      #expect(first.json["title"] == .string("Tea"))
      #expect(second.status == .notModified)
      #expect(second.body.readableBytes == 0)
      #expect(second.headers[.eTag] == tag)
    }
  }

  @Test func `is sent again after a change, but not because somebody saw it`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client in
      let tag = try #require(try await client.send(.get, post.path).headers[.eTag])
      _ = try await Post.increment { $0.views }.where { $0.id == post.id }.run(in: site.db)
      let seen = try await client.send(.get, post.path, headers: [.ifNoneMatch: tag])
      site.clock.advance(by: .milliseconds(1))
      _ = try await client.send(.patch, post.path, as: Cast.ada, json: #"{"title": "Tea"}"#)
      let changed = try await client.send(.get, post.path, headers: [.ifNoneMatch: tag])

      #expect(seen.status == .notModified)
      #expect(changed.status == .ok)
    }
  }

  @Test(arguments: ["01900000-0000-7000-8000-00000000ffff", "1", "-", "%00"])
  func `finds nothing where nothing is`(id: String) async throws {
    try await TestGallery.make().serve { client in
      for method in [HTTPRequest.Method.get, .delete, .patch] {
        let answer = try await client.send(
          method,
          "/api/posts/\(id)",
          as: Cast.ada,
          json: method == .patch ? "{}" : nil
        )
        #expect(answer.status == .notFound)
      }
    }
  }
}

@Suite("Changing a post")
struct PostChangingTests {
  @Test(arguments: Mode.allCases)
  func `changes what is sent and nothing else`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea", description: "Green")
    site.clock.advance(by: .seconds(1))

    try await site.serve(mode) { client in
      let answer = try await client.send(.patch, post.path, as: Cast.ada, json: #"{"title": "Té"}"#)

      #expect(answer.status == .ok)
      #expect(answer.json["title"] == .string("Té"))
      #expect(answer.json["author"]["username"] == .string("ada"))
      #expect(answer.json["cover"]["image_url"] == .string(post.imageURL))
      var expected = post
      expected.title = "Té"
      expected.updatedAt = site.clock.now
      #expect(try await site.stored(post.id) == expected)
    }
  }

  @Test(arguments: ["{}", #"{"title": "Tea", "is_public": true}"#])
  func `is no change when all is as it was`(json: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")
    site.clock.advance(by: .seconds(1))

    try await site.serve { client in
      let answer = try await client.send(.patch, post.path, as: Cast.ada, json: json)

      #expect(answer.status == .ok)
      #expect(try await site.stored(post.id) == post)
    }
  }

  @Test func `empties a title, since a picture needs none`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve { client in
      _ = try await client.send(.patch, post.path, as: Cast.ada, json: #"{"title": ""}"#)
      #expect(try await site.stored(post.id).title == "")
    }
  }

  @Test(arguments: [
    (#"{"title": null}"#, "title required"),
    (#"{"description": null}"#, "description required"),
    (#"{"is_public": null}"#, "is_public required"),
    (#"{"title": 5}"#, "title type"),
    (#"{"is_public": "true"}"#, "is_public type"),
    (#"{"visibility": null}"#, "visibility required"),
    (#"{"visibility": ""}"#, "visibility choice"),
    (#"{"visibility": true}"#, "visibility type"),
    (#"{"visibility": "hidden"}"#, "visibility choice"),
    (#"{"title": "\#(String(repeating: "a", count: 201))"}"#, "title too_long"),
  ])
  func `refuses what a post cannot say`(json: String, error: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve { client in
      let answer = try await client.send(.patch, post.path, as: Cast.ada, json: json)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == [error])
      #expect(try await site.stored(post.id) == post)
    }
  }

  @Test func `is for its author`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)

    try await site.serve { client in
      let json = #"{"title": "Mine"}"#
      let byGuest = try await client.send(.patch, shown.path, json: json)
      let byLinus = try await client.send(.patch, shown.path, as: Cast.linus, json: json)
      let unseen = try await client.send(.patch, hidden.path, as: Cast.linus, json: json)

      #expect([byGuest, byLinus, unseen].map(\.status) == [.unauthorized, .forbidden, .notFound])
    }
    #expect(try await site.stored(shown.id) == shown)
    #expect(try await site.stored(hidden.id) == hidden)
  }

  @Test(arguments: [
    (Visibility.public, Visibility.private), (.private, .public), (.public, .unlisted),
    (.unlisted, .public),
  ])
  func `gives its pictures new addresses when it is hidden or shown`(
    visibility: Visibility,
    wanted: Visibility
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      try await Sample.jpeg.value,
      by: Cast.ada,
      visibility: visibility
    )

    try await site.serve { client in
      #expect(try await client.send(.get, post.imageURL, as: Cast.ada).status == .ok)
      let json = #"{"visibility": "\#(wanted.rawValue)"}"#
      let answer = try await client.send(.patch, post.path, as: Cast.ada, json: json)

      let address = try #require(answer.json["cover"]["image_url"].text)
      #expect(address != post.imageURL)
      #expect(answer.json["cover"]["thumbnail_url"] != .string(post.thumbnailURL))
      #expect(try await client.send(.get, address, as: Cast.ada).status == .ok)
      for old in [post.imageURL, post.thumbnailURL] {
        #expect(try await client.send(.get, old).status == .notFound)
        #expect(try await client.send(.get, old, as: Cast.ada).status == .notFound)
      }
    }
  }
}

@Suite("Deleting a post")
struct PostDeletingTests {
  @Test(arguments: Mode.allCases)
  func `puts it into the trash, and from there it goes with its files`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    let files = site.files.stored

    try await site.serve(mode) { client in
      let answer = try await client.send(.delete, post.path, as: Cast.ada)

      #expect(answer.status == .noContent)
      #expect(answer.body.readableBytes == 0)
      for path in [post.path, post.imageURL, post.thumbnailURL] {
        #expect(try await client.send(.get, path, as: Cast.grace).status == .notFound)
      }
      #expect(try await client.send(.delete, post.path, as: Cast.ada).status == .notFound)
      #expect(!files.isEmpty && site.files.stored == files)
      let trashed = "/api/trash/\(post.id)"
      #expect(try await client.send(.delete, trashed, as: Cast.ada).status == .noContent)
    }
    try await site.work()
    try await site.expectNothingLeft()
  }

  @Test func `keeps files that another post needs`() async throws {
    let site = try await TestGallery.make()
    let picture = try await Sample.jpeg.value
    let adas = try await site.published(picture, by: Cast.ada)
    let graces = try await site.published(picture, by: Cast.grace, visibility: .private)
    let files = site.files.stored

    try await site.serve { client in
      _ = try await client.send(.delete, adas.path, as: Cast.ada)
      _ = try await client.send(.delete, "/api/trash/\(adas.id)", as: Cast.ada)
      try await site.work()

      #expect(site.files.stored == files)
      #expect(try await client.send(.get, graces.imageURL, as: Cast.grace).status == .ok)
      #expect(try await client.send(.get, graces.thumbnailURL, as: Cast.grace).status == .ok)
    }
  }

  @Test func `is for its author`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)

    try await site.serve { client in
      let byGuest = try await client.send(.delete, shown.path)
      let byLinus = try await client.send(.delete, shown.path, as: Cast.linus)
      let unseen = try await client.send(.delete, hidden.path, as: Cast.linus)

      #expect([byGuest, byLinus, unseen].map(\.status) == [.unauthorized, .forbidden, .notFound])
    }
    #expect(try await Post.query.count(in: site.db) == 2)
  }
}

extension Post {
  fileprivate var path: String { "/api/posts/\(id)" }
}
