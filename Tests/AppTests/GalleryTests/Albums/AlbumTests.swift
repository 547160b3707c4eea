import ArtelModel
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

extension TestGallery {
  /// An album with some posts in it.
  func album(
    _ name: String = "River",
    by owner: CastMember = Cast.ada,
    _ visibility: Visibility = .public,
    with posts: [Post] = []
  ) async throws -> Album {
    let fields = [("name", name), ("visibility", visibility.rawValue)]
    let form = try AlbumForm.read(from: FormSource(texts: fields))
    clock.advance(by: .seconds(60))
    let album = try await gallery.makeAlbum(form, by: owner.id).album
    for post in posts { try await gallery.add(post.id, to: album.id, by: owner.id) }
    return album
  }

  /// The address of the picture that lists show of a post.
  func cover(of post: Post) async throws -> String {
    let picture = try await Picture.find(post.coverID, in: db)
    return ShownPicture(picture: picture, post: post).thumbnailURL
  }

  /// The posts of an album in its order, as its owner sees them.
  func shown(in album: Album) async throws -> [PostID] {
    try await gallery.posts(in: album, for: album.ownerID, PageRequest()).items.map(\.post.id)
  }

  /// The posts that have a place in an album, also those in the trash.
  func posts(in album: Album) async throws -> [PostID] {
    try await AlbumPost.where { $0.albumID == album.id }.inOrder.all(in: db).map(\.postID)
  }
}

@Suite("An album")
struct AlbumTests {
  @Test func `is made, changed and deleted by its owner over the API`() async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let made = try await client.send(
        .post,
        "/api/albums",
        as: Cast.ada,
        json: #"{"name": " Река зимой ", "visibility": "unlisted"}"#
      )
      let path = "/api/albums/\(made.json["id"].text ?? "")"
      let changed = try await client.send(
        .patch,
        path,
        as: Cast.ada,
        json: #"{"description": "Ice", "visibility": "public"}"#
      )
      let shown = try await client.send(.get, path)
      let deleted = try await client.send(.delete, path, as: Cast.ada)
      let gone = try await client.send(.get, path, as: Cast.ada)

      #expect(made.status == .created)
      #expect(made.headers[.location] == path)
      #expect(made.json["name"].text == "Река зимой")
      #expect(made.json["visibility"].text == "unlisted")
      #expect(made.json["post_count"] == .integer(0) && made.json["cover_url"] == .null)
      #expect(changed.json["description"].text == "Ice")
      #expect(changed.json["name"].text == "Река зимой")
      #expect(shown.json == changed.json)
      #expect(deleted.status == .noContent)
      #expect(gone.status == .notFound)
    }
  }

  @Test(arguments: [
    (#"{"name": "  "}"#, "name too_short"), (#"{}"#, "name required"),
    (#"{"name": "\#(String(repeating: "ё", count: 201))"}"#, "name too_long"),
    (#"{"name": "a", "visibility": "secret"}"#, "visibility choice"),
    (#"{"name": "a", "description": 7}"#, "description type"),
    (#"{"name": "a", "owner": "grace"}"#, nil),
  ])
  func `refuses what is no album, and whose it is cannot be said`(
    json: String,
    error: String?
  ) async throws {
    let site = try await TestGallery.make()

    try await site.serve { client in
      let answer = try await client.send(.post, "/api/albums", as: Cast.ada, json: json)

      #expect(answer.fieldErrors == (error.map { [$0] } ?? []))
    }
    #expect(try await Album.where { $0.ownerID != Cast.ada.id }.count(in: site.db) == 0)
  }

  @Test func `a repeated request with its key makes one`() async throws {
    let site = try await TestGallery.make()
    let key: HTTPFields = [
      try #require(HTTPField.Name("idempotency-key")): "an-album-that-is-made-once"
    ]

    try await site.serve { client in
      let json = #"{"name": "Once"}"#
      let first = try await client.send(
        .post,
        "/api/albums",
        as: Cast.ada,
        json: json,
        headers: key
      )
      let again = try await client.send(
        .post,
        "/api/albums",
        as: Cast.ada,
        json: json,
        headers: key
      )

      #expect(first.status == .created)
      #expect(again.json == first.json)
    }
    #expect(try await Album.query.count(in: site.db) == 1)
  }

  @Test func `keeps its posts in the order of its owner`() async throws {
    let site = try await TestGallery.make()
    let posts = [
      try await site.post(by: Cast.ada, title: "a"), try await site.post(by: Cast.ada, title: "b"),
      try await site.post(by: Cast.ada, title: "c"),
    ]
    let album = try await site.album(with: posts)
    let path = "/api/albums/\(album.id)"

    try await site.serve { client in
      let order = #"{"posts": ["\#(posts[2].id)", "\#(posts[0].id)", "\#(posts[1].id)"]}"#
      let ordered = try await client.send(.put, "\(path)/order", as: Cast.ada, json: order)
      let first = try await client.send(.get, "\(path)/posts?limit=2")
      let rest = try await client.send(
        .get,
        "\(path)/posts?limit=2&after=\(first.json["next"].text ?? "")"
      )

      #expect(ordered.status == .noContent)
      #expect(first.json["items"].titles == ["c", "a"])
      #expect(rest.json["items"].titles == ["b"])
      #expect(rest.json["next"] == .null)
    }
  }

  // Fails when the order takes whatever is named: a post would lose its place without a word.
  @Test func `takes no order that leaves out a post, names one twice or a strange one`()
    async throws
  {
    let site = try await TestGallery.make()
    let posts = [try await site.post(by: Cast.ada), try await site.post(by: Cast.ada)]
    let strange = try await site.post(by: Cast.ada)
    let album = try await site.album(with: posts)
    let (a, b) = (posts[0].id, posts[1].id)

    try await site.serve { client in
      for order in [[b], [b, b], [b, strange.id], [b, a, strange.id], []] {
        let json = #"{"posts": [\#(order.map { "\"\($0)\"" }.joined(separator: ", "))]}"#
        let answer = try await client.send(
          .put,
          "/api/albums/\(album.id)/order",
          as: Cast.ada,
          json: json
        )
        #expect(answer.status == .conflict)
      }
      let answer = try await client.send(
        .put,
        "/api/albums/\(album.id)/order",
        as: Cast.ada,
        json: #"{"posts": ["nonsense", "\#(a)"]}"#
      )
      #expect(answer.fieldErrors == ["posts too_short"])
    }
    #expect(try await site.posts(in: album) == [a, b])
  }

  @Test func `adding a post twice and taking it out twice does no harm`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let album = try await site.album()
    let path = "/api/albums/\(album.id)/posts/\(post.id)"

    try await site.serve { client async throws in
      for _ in 1...2 {
        #expect(try await client.send(.put, path, as: Cast.ada).status == .noContent)
      }
      #expect(try await site.posts(in: album) == [post.id])
      for _ in 1...2 {
        #expect(try await client.send(.delete, path, as: Cast.ada).status == .noContent)
      }
      #expect(try await site.posts(in: album) == [])
    }
    #expect(try await Post.query.count(in: site.db) == 1)
  }

  @Test func `has room for a thousand, however many are added at once`() async throws {
    let site = try await TestGallery.make()
    let album = try await site.album()
    let posts = try await (1...6).asyncMap { _ in try await site.post(by: Cast.ada) }
    try await site.fill(album, upTo: Album.postLimit - 3)

    let added = try await withThrowingTaskGroup(of: Bool.self) { group in
      for post in posts {
        group.addTask {
          do {
            try await site.gallery.add(post.id, to: album.id, by: Cast.ada.id)
            return true
          } catch AlbumError.full {
            return false
          }
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }

    #expect(added == 3)
    let places = try await AlbumPost.where { $0.albumID == album.id }.all(in: site.db)
    #expect(places.count == Album.postLimit)
    #expect(Set(places.map(\.position)).count == Album.postLimit)
  }

  @Test func `shows the cover that was chosen, or its first post`() async throws {
    let site = try await TestGallery.make()
    let posts = [try await site.post(by: Cast.ada), try await site.post(by: Cast.ada)]
    let album = try await site.album(with: posts)
    let strange = try await site.post(by: Cast.ada)
    let covers = [try await site.cover(of: posts[0]), try await site.cover(of: posts[1])]
    let path = "/api/albums/\(album.id)"

    try await site.serve { client in
      func cover(_ post: String) async throws -> HTTPResponse.Status {
        try await client.send(.put, "\(path)/cover", as: Cast.ada, json: #"{"post": \#(post)}"#)
          .status
      }
      func shown() async throws -> String? {
        try await client.send(.get, path).json["cover_url"].text
      }

      #expect(try await shown() == covers[0])
      #expect(try await cover("\"\(posts[1].id)\"") == .noContent)
      #expect(try await shown() == covers[1])
      #expect(try await cover("\"\(strange.id)\"") == .notFound)
      #expect(try await shown() == covers[1])
      #expect(try await cover("null") == .noContent)
      #expect(try await shown() == covers[0])
      _ = try await client.send(.delete, "/api/posts/\(posts[0].id)", as: Cast.ada)
      #expect(try await shown() == covers[1])
    }
  }

  @Test func `keeps the place of a post in the trash, and loses what is deleted for good`()
    async throws
  {
    let site = try await TestGallery.make()
    let posts = [try await site.post(by: Cast.ada), try await site.post(by: Cast.ada)]
    let album = try await site.album(with: posts)
    let (first, second) = (posts[0].id, posts[1].id)

    try await site.gallery.delete(first, by: Cast.ada.id)
    #expect(try await site.shown(in: album) == [second])
    try await site.gallery.restore(first, by: Cast.ada.id, isModerator: false)
    #expect(try await site.shown(in: album) == [first, second])
    try await site.deleteForGood(first, by: Cast.ada)

    #expect(try await site.posts(in: album) == [second])
  }

  @Test func `can be ordered while a post of it is in the trash`() async throws {
    let site = try await TestGallery.make()
    let posts = try await (1...3).asyncMap { _ in try await site.post(by: Cast.ada) }
    let album = try await site.album(with: posts)
    try await site.gallery.delete(posts[1].id, by: Cast.ada.id)

    try await site.gallery.order(album.id, as: [posts[2].id, posts[0].id], by: Cast.ada.id)
    try await site.gallery.move(posts[0].id, .earlier, in: album.id, by: Cast.ada.id)

    #expect(try await site.shown(in: album) == [posts[0].id, posts[2].id])
  }

  @Test func `is filled and ordered while its posts are deleted, and nobody waits for ever`()
    async throws
  {
    let site = try await TestGallery.make()
    let posts = try await (1...12).asyncMap { _ in try await site.post(by: Cast.ada) }
    let album = try await site.album(with: Array(posts.prefix(6)))

    try await withThrowingTaskGroup(of: Void.self) { group in
      for post in posts {
        group.addTask { try await site.gallery.delete(post.id, by: Cast.ada.id) }
        group.addTask {
          do {
            try await site.gallery.add(post.id, to: album.id, by: Cast.ada.id)
          } catch is RowNotFound {
            // It was deleted first.
          }
        }
        group.addTask {
          try await site.gallery.move(post.id, .earlier, in: album.id, by: Cast.ada.id)
        }
      }
      try await group.waitForAll()
    }

    #expect(try await site.shown(in: album) == [])
  }
}

@Suite("Who sees an album")
struct AlbumVisibilityTests {
  @Test func `lists show the public ones, the address also the unlisted ones`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.album("Shown")
    let unlisted = try await site.album("Unlisted", .unlisted)
    let hidden = try await site.album("Private", .private)

    try await site.serve { client in
      for (person, names) in [
        (nil, ["Shown"]), (Cast.grace, ["Shown"]), (Cast.ada, ["Private", "Unlisted", "Shown"]),
      ] {
        let albums = try await client.send(.get, "/api/albums?owner=ada", as: person)
        #expect(albums.json["items"].albumNames == names)
      }
      let all = try await client.send(.get, "/api/albums", as: Cast.ada)
      #expect(all.json["items"].albumNames == ["Shown"])
      for (album, person, status) in [
        (shown, nil, HTTPResponse.Status.ok), (unlisted, nil, .ok), (hidden, nil, .notFound),
        (hidden, Cast.grace, .notFound), (hidden, Cast.ada, .ok),
      ] {
        for path in ["/api/albums/\(album.id)", "/api/albums/\(album.id)/posts"] {
          #expect(try await client.send(.get, path, as: person).status == status)
        }
      }
    }
  }

  // Fails when the statement that counts looks at the album alone: guests learnt of private posts.
  @Test func `others see its public posts, and count only these`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada, title: "shown")
    let hidden = try await site.post(by: Cast.ada, title: "hidden", visibility: .private)
    let album = try await site.album(with: [hidden, shown])
    let path = "/api/albums/\(album.id)"

    try await site.serve { client in
      for (person, titles, cover) in [
        (nil, ["shown"], shown), (Cast.grace, ["shown"], shown),
        (Cast.ada, ["hidden", "shown"], hidden),
      ] {
        let posts = try await client.send(.get, "\(path)/posts", as: person)
        let card = try await client.send(.get, path, as: person)
        let address = try await site.cover(of: cover)
        #expect(posts.json["items"].titles == titles)
        #expect(card.json["post_count"] == .integer(titles.count))
        #expect(card.json["cover_url"].text == address)
      }
    }
  }

  @Test func `nobody else changes it, fills it or puts other people's posts in`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let theirs = try await site.post(by: Cast.grace)
    let album = try await site.album(with: [post])
    let hidden = try await site.album("Hidden", .private)

    try await site.serve { client async throws in
      func attempts(
        on album: Album,
        with post: Post,
        as person: CastMember
      ) async throws -> Set<Int> {
        let path = "/api/albums/\(album.id)"
        let answers = [
          try await client.send(.patch, path, as: person, json: #"{"name": "Mine"}"#),
          try await client.send(.put, "\(path)/posts/\(post.id)", as: person),
          try await client.send(.delete, "\(path)/posts/\(post.id)", as: person),
          try await client.send(.put, "\(path)/order", as: person, json: #"{"posts": []}"#),
          try await client.send(.put, "\(path)/cover", as: person, json: #"{"post": null}"#),
          try await client.send(.delete, path, as: person),
        ]
        return Set(answers.map(\.status.code))
      }
      #expect(try await attempts(on: album, with: theirs, as: Cast.grace) == [403])
      #expect(try await attempts(on: hidden, with: theirs, as: Cast.grace) == [404])
      let path = "/api/albums/\(album.id)/posts/\(theirs.id)"
      #expect(try await client.send(.put, path, as: Cast.ada).status == .forbidden)
    }
    #expect(try await site.posts(in: album) == [post.id])
    #expect(try await Album.query.count(in: site.db) == 2)
  }
}

extension TestGallery {
  /// Puts posts into an album, without looking, until it has so many.
  fileprivate func fill(_ album: Album, upTo count: Int) async throws {
    _ = try await db.write(
      """
      with filling as (
        insert into posts (id, author_id, title, description, visibility, visibility_token, cover_id,
          picture_count)
        select gen_random_uuid(), \(album.ownerID), '', '', 'public', 'AAAAAAAAAAAAAAAAAAAAAA',
          gen_random_uuid(), 1
        from generate_series(1, \(count))
        returning id, cover_id
      ), pictured as (
        insert into pictures (id, post_id, position, digest, type, bytes, width, height)
        select cover_id, id, 1, decode(repeat('07', 32), 'hex'), 'jpeg', 1, 1, 1 from filling
      )
      insert into album_posts (album_id, post_id, position)
      select \(album.id), id, row_number() over () from filling
      """
    )
  }
}

extension Sequence {
  /// What `transform` makes of each element, one after the other.
  fileprivate func asyncMap<Result>(
    _ transform: (Element) async throws -> Result
  ) async throws -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await transform(element)) }
    return results
  }
}

extension JSONValue {
  fileprivate var titles: [String?] { list.map { $0["title"].text } }
  fileprivate var albumNames: [String?] { list.map { $0["name"].text } }
}
