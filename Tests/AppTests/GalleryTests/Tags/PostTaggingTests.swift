import ArtelModel
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Tagging a post")
struct PostTaggingTests {
  @Test func `an upload takes tags with commas between, each of them once`() async throws {
    let site = try await TestGallery.make()
    let upload = Upload().field("tags", " #Winter light , ,ТУНДРА,тундра, winter  light")
      .file(Sample.gif())

    try await site.serve { client in
      let answer = try await client.publish(upload)

      #expect(answer.status == .created)
      #expect(answer.json.tagNames == ["Winter light", "ТУНДРА"])
      #expect(answer.json.tagSlugs == ["winter-light", "tundra"])
      let id = answer.json["id"].text ?? ""
      #expect(try await client.send(.get, "/api/posts/\(id)").json == answer.json)
    }
    #expect(
      try await site.db.published(PostCreated.self).map(\.post.tags) == [
        ["Winter light", "ТУНДРА"]
      ]
    )
  }

  @Test func `the author changes them, and other fields leave them alone`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada, tags: ["old", "stays"])

    try await site.serve { client in
      let json = #"{"tags": ["stays", "Fresh"]}"#
      let path = "/api/posts/\(post.id)"
      let changed = try await client.send(.patch, path, as: Cast.ada, json: json)
      let titled = try await client.send(.patch, path, as: Cast.ada, json: #"{"title": "T"}"#)
      let again = try await client.send(.patch, path, as: Cast.ada, json: json)

      #expect(changed.json.tagNames == ["Fresh", "stays"])
      #expect(titled.json.tagNames == ["Fresh", "stays"])
      #expect(again.json["updated_at"] == titled.json["updated_at"])
      #expect(changed.json["updated_at"] != .null)
    }
    #expect(try await site.counts() == ["Fresh": 1, "old": 0, "stays": 1])
    #expect(
      try await site.db.published(PostChanged.self).map(\.post.tags)
        == [["Fresh", "stays"], ["Fresh", "stays"]]
    )
  }

  @Test func `nobody else changes them`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada, tags: ["mine"])

    try await site.serve { client in
      let answer = try await client.send(
        .patch,
        "/api/posts/\(post.id)",
        as: Cast.grace,
        json: #"{"tags": ["yours"]}"#
      )

      #expect(answer.status == .forbidden)
    }
    #expect(try await site.counts() == ["mine": 1])
  }

  @Test(arguments: [
    (#"["a","b","c","d","e","f","g","h","i","j","k"]"#, "tags range"),
    (#"["\#(String(repeating: "ё", count: 51))"]"#, "tags too_long"),
    (#"["a,b"]"#, "tags pattern"),
    (#"["a\u0007b"]"#, "tags pattern"),
    (#""a""#, "tags type"),
    ("null", "tags type"),
  ])
  func `refuses too many, too long ones and none at all`(tags: String, error: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client in
      let json = #"{"tags": \#(tags)}"#
      let path = "/api/posts/\(post.id)"
      let answer = try await client.send(.patch, path, as: Cast.ada, json: json)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == [error])
    }
  }

  @Test func `the edit form shows them and takes others`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada, tags: ["b", "a"])

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let path = "/posts/\(post.id)/edit"
      let form = try await browser.get(path)
      _ = try await browser.submit(["title": "", "description": "", "tags": "c, a"], from: path)
      let page = try await browser.get("/posts/\(post.id)")

      #expect(form.text.contains(#"value="a, b""#))
      #expect(page.text.contains(#"href="/tags/c""#))
      #expect(!page.text.contains(#"href="/tags/b""#))
      _ = try await browser.submit(["title": "", "description": "", "tags": ""], from: path)
    }
    #expect(try await site.counts() == ["a": 0, "b": 0, "c": 0])
  }

  // Fails without the tags in `PostFacts.searchDocument`.
  @Test func `posts are found by their tags`() async throws {
    let site = try await TestGallery.make()
    try await site.published(Sample.gif(), by: Cast.ada, tags: ["Тундра", "ice"])

    let created = try await site.db.published(PostCreated.self).map(\.post.searchDocument)
    let rebuilt = try await PostDocuments(db: site.db.database).searchDocuments(
      after: nil,
      limit: 9
    )

    #expect(created.map(\.names) == ["ice Тундра"])
    #expect(rebuilt == created)
  }
}

extension JSONValue {
  var tagNames: [String] { self["tags"].list.compactMap { $0["name"].text } }
  var tagSlugs: [String] { self["tags"].list.compactMap { $0["slug"].text } }
}

extension TestGallery {
  /// How many posts each tag says that it has.
  func counts() async throws -> [String: Int] {
    let tags = try await Tag.query.all(in: db)
    return Dictionary(uniqueKeysWithValues: tags.map { ($0.name, $0.postCount) })
  }

  /// How many public posts each tag has.
  func counted() async throws -> [String: Int] {
    let rows = try await db.read(
      """
      select tags.name, count(posts.id) from tags
      left join post_tags on post_tags.tag_id = tags.id
      left join posts on posts.id = post_tags.post_id and posts.visibility = 'public'
        and post_tags.is_listed
      group by tags.name
      """
    )
    return Dictionary(
      uniqueKeysWithValues: try rows.map { (try $0.decode(at: 0), try $0.decode(at: 1)) }
    )
  }
}
