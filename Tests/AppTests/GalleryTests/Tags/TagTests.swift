import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Tags")
struct TagTests {
  @Test(arguments: [
    ("Зимний свет", "zimnii-svet"), ("Щёлково & Ко", "shchelkovo-ko"), ("Café  Noir", "cafe-noir"),
    ("C++", "c"), ("猫", "猫"), ("!!!", ""),
  ])
  func `have addresses in Latin letters`(name: String, slug: String) throws {
    #expect(try #require(TagName(name)).slug == slug)
  }

  @Test func `of two names that are one in Latin letters each has its address`() async throws {
    let site = try await TestGallery.make()
    try await site.published(Sample.gif(), by: Cast.ada, tags: ["кот", "kot", "!!!"])

    let slugs = try await Tag.query.all(in: site.db).map(\.slug)

    #expect(Set(slugs).count == 3)
    #expect(slugs.contains("kot"))
    #expect(slugs.filter { $0.hasPrefix("kot-") }.count == 1)
    #expect(slugs.filter { $0.hasPrefix("tag-") }.count == 1)
  }

  @Test func `the popular ones are one call: ten with ten posts each and more`() async throws {
    let site = try await TestGallery.make()
    try await site.db.write(
      """
      insert into tags (id, name, slug, post_count)
      select gen_random_uuid(), 'tag ' || n, 'tag-' || n, n from generate_series(0, 30) as n
      """
    )

    try await site.serve { client in
      let path = "/api/tags?order=popular&min_posts=10&limit=10"
      let first = try await expectStatements(atMost: 1, atLeast: 1) {
        try await client.send(.get, path)
      }
      let next = first.json["next"].text ?? ""
      let second = try await client.send(.get, path + "&after=\(next)")

      #expect(
        first.json["items"].list.map { $0["post_count"] }
          == (21...30).reversed().map { .integer($0) }
      )
      #expect(
        second.json["items"].list.map { $0["post_count"] }
          == (11...20).reversed().map { .integer($0) }
      )
      #expect(
        first.json["items"].list[0].names
          == ["id", "name", "slug", "post_count", "created_at", "updated_at"]
      )
    }
  }

  @Test func `are found by how they begin, in the order of names`() async throws {
    let site = try await TestGallery.make()
    let tags = ["Ёлка", "ель", "Ежевика", "жук", "e_1", "ea"]
    try await site.published(Sample.gif(), by: Cast.ada, tags: tags)

    try await site.serve { client in
      let cyrillic = try await client.send(.get, "/api/tags?order=name&q=%D0%95")
      let literal = try await client.send(.get, "/api/tags?q=e_")
      let all = try await client.send(.get, "/api/tags?order=name&limit=100")

      #expect(cyrillic.json["items"].list.map { $0["name"].text } == ["Ежевика", "ель"])
      #expect(literal.json["items"].list.map { $0["name"].text } == ["e_1"])
      #expect(
        all.json["items"].list.map { $0["name"].text }
          == ["e_1", "ea", "Ежевика", "Ёлка", "ель", "жук"]
      )
    }
  }

  // Fails without `shown` in `Gallery.tag(_:)` and `Gallery.tags(_:)`.
  @Test func `of private posts nobody learns`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      Sample.gif(),
      by: Cast.ada,
      visibility: .private,
      tags: ["secret"]
    )

    try await site.serve { client in
      for path in ["/api/tags/secret", "/tags/secret"] {
        #expect(try await client.send(.get, path).status == .notFound)
      }
      #expect(try await client.send(.get, "/api/tags").json["items"].list.isEmpty)
      #expect(try await client.send(.get, "/api/posts?tag=secret").json["items"].list.isEmpty)
      let own = try await TestBrowser(client, as: Cast.ada).get("/posts/\(post.id)")
      #expect(own.text.contains("secret"))
      #expect(!own.text.contains("/tags/secret"))
    }
  }

  @Test func `list their public posts, newest first, page by page`() async throws {
    let site = try await TestGallery.make()
    for number in 1...5 {
      let post = try await site.post(
        by: Cast.ada,
        title: "\(number)",
        visibility: number == 3 ? .private : .public
      )
      try await site.tag(post, ["sea"])
    }
    try await site.post(by: Cast.ada, title: "other")

    try await site.serve { client in
      let first = try await expectStatements(atMost: 7, atLeast: 7) {
        try await client.send(.get, "/api/posts?tag=sea&limit=2")
      }
      let cursor = first.json["next"].text ?? ""
      let second = try await client.send(.get, "/api/posts?tag=sea&limit=2&after=\(cursor)")
      let page = try await expectStatements(atMost: 7, atLeast: 7) {
        try await TestBrowser(client).get("/tags/sea")
      }

      #expect(first.json["items"].list.map { $0["title"].text } == ["5", "4"])
      #expect(second.json["items"].list.map { $0["title"].text } == ["2", "1"])
      #expect(second.json["next"] == .null)
      #expect(page.text.matches(of: /class="tile"/).count == 4)
      #expect(try await client.send(.get, "/api/tags/sea").json["post_count"] == .integer(4))
      #expect(try await client.send(.get, "/api/posts?tag=none").json["items"].list.isEmpty)
    }
  }

  @Test func `a departing member's posts are no longer counted`() async throws {
    let site = try await TestGallery.make()
    try await site.published(Sample.gif(), by: Cast.ada, tags: ["both"])
    try await site.published(Sample.gif(frames: 2), by: Cast.grace, tags: ["both"])
    let posts = try await Post.query.written(by: Cast.ada.id).all(in: site.db)

    try await site.db.database.transaction { tx in _ = try await Post.delete(posts, in: tx) }

    #expect(try await site.counts() == ["both": 1])
  }

  // Fails without the locks of `Tag.count`, by deadlocks, and without `wasListed`, by wrong counts.
  @Test(.timeLimit(.minutes(10)))
  func `are counted exactly while posts are tagged, hidden and deleted at once`() async throws {
    let site = try await TestGallery.make()
    var posts: [Post] = []
    for _ in 0..<8 { posts.append(try await site.post(by: Cast.ada)) }
    let words = (0..<6).map { "tag \($0)" }

    try await withThrowingTaskGroup(of: Void.self) { group in
      for (lane, post) in posts.enumerated() {
        group.addTask {
          for round in 0..<12 {
            let chosen = (0..<4).map {
              words[(lane * 5 + round * 7 + $0 * (lane + 1)) % words.count]
            }
            let tags = lane.isMultiple(of: 2) ? chosen : chosen.reversed()
            let visibility = Visibility.allCases[(lane + round) % 3].rawValue
            let names = tags.joined(separator: #"", ""#)
            let json = #"{"tags": ["\#(names)"], "visibility": "\#(visibility)"}"#
            let source = FormSource(
              json: try #require(JSONValue(parsing: Array(json.utf8)).members)
            )
            let form = try PostChangeForm.read(from: source)
            _ = try await site.gallery.change(post.id, form, by: Cast.ada.id)
          }
          if lane % 4 == 3 { try await site.gallery.delete(post.id, by: Cast.ada.id) }
        }
      }
      try await group.waitForAll()
    }

    let counts = try await site.counts()
    #expect(counts == (try await site.counted()))
    #expect(counts.values.reduce(0, +) > 0)
  }
}

extension JSONValue {
  fileprivate var members: [String: JSONValue]? {
    guard case .object(let members) = self else { return nil }
    return members
  }
}

extension TestGallery {
  /// Tags a post as its author would.
  func tag(_ post: Post, _ names: [String]) async throws {
    try await db.database.transaction { tx in
      let tags = try await Tag.named(TagName.all(names), at: clock.now, in: tx)
      _ = try await post.tag(tags, in: tx)
    }
  }
}
