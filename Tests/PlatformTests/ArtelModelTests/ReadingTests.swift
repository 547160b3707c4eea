import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@Suite("Reading rows")
struct ReadingTests {
  @Test func `a row comes back as it was inserted`() async throws {
    let db = try await Zoo.database()
    let ada = try await db.insert(Member(username: "Ada"))
    let post = Post(
      authorID: ada.id,
      editorID: ada.id,
      title: "Чай",
      status: .inReview,
      isPublic: false,
      views: 3,
      rating: 4.5,
      labels: ["hot", "sweet"],
      extra: JSONText(#"{"cups": 2}"#),
      digest: Bytea([0, 255]),
      publishedOn: CalendarDay(year: 2024, month: 2, day: 29),
      price: Decimal(string: "12.50"),
      createdAt: Date(timeIntervalSince1970: 1_700_000_000.123456)
    )

    let stored = try await db.insert(post)

    #expect(stored.titleLength == 3)
    #expect(try await Post.find(post.id, in: db) == stored)
    #expect(stored.createdAt == post.createdAt)
    #expect(stored.labels == post.labels && stored.digest == post.digest)
    #expect(stored.status == .inReview && stored.price == post.price)
  }

  @Test func `nulls and the database's own values come back too`() async throws {
    let db = try await Zoo.database()
    let odd = try await db.insert(OddThing())
    #expect(odd.class == 1)
    #expect(odd.homepageURL == nil && odd._2ndValue == nil)
    #expect(try await OddThing.find(1, in: db) == odd)
  }

  @Test func `a missing row is not found, and neither is one out of scope`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    await #expect(throws: RowNotFound(table: "posts")) {
      try await Post.find(.generate(), in: db)
    }
    await #expect(throws: RowNotFound(table: "posts")) {
      try await Post.where { $0.isPublic }.find(scene.loops.id, in: db)
    }
  }

  @Test func `first, exists and count answer for the query`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let own = Post.where { $0.authorID == scene.ada.id }
    #expect(try await own.order { $0.createdAt.descending }.first(in: db)?.id == scene.loops.id)
    #expect(try await own.count(in: db) == 2)
    #expect(try await own.limit(1).count(in: db) == 1)
    #expect(try await own.exists(in: db))
    #expect(try await own.where { $0.views > 3 }.exists(in: db) == false)
    #expect(try await own.where { $0.views > 3 }.first(in: db) == nil)
  }

  @Test func `conditions over every kind of type are understood by the server`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    func titles(_ query: Query<Post>) async throws -> [String] {
      try await query.order { $0.createdAt }.select { $0.title }.all(in: db)
    }
    #expect(try await titles(Post.where { $0.status.in([.inReview, .published]) }) == ["Ships"])
    #expect(try await titles(Post.where { $0.status == .draft }) == ["Tea", "Loops"])
    #expect(try await titles(Post.where { $0.labels.contains("hot") }) == ["Tea"])
    #expect(try await titles(Post.where { $0.editorID == nil }) == ["Tea", "Loops"])
    #expect(
      try await titles(Post.where { $0.editorID != scene.grace.id }) == ["Tea", "Ships", "Loops"]
    )
    #expect(try await titles(Post.where { $0.title.ilike("%S") }) == ["Ships", "Loops"])
    #expect(try await titles(Post.where { $0.views.between(1, and: 7) }) == ["Ships"])
    #expect(
      try await titles(Post.where { $0.createdAt > scene.tea.createdAt }) == ["Ships", "Loops"]
    )
    #expect(
      try await titles(Post.where { $0.id.in([scene.tea.id, scene.loops.id]) }) == ["Tea", "Loops"]
    )
    #expect(
      try await titles(
        Post.where { $0.id.in(PostTag.where { $0.tagID == scene.wet.id }.select { $0.postID }) }
      )
        == ["Tea", "Ships"]
    )
    #expect(try await Member.where { $0.username.in(["ADA"]) }.count(in: db) == 1)
    #expect(try await Member.where { $0.username == "ADA" && $0.karma >= 3 }.count(in: db) == 1)
  }

  @Test func `selected columns come as tuples`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let pairs = try await Post.order { $0.createdAt }.select { ($0.id, $0.editorID) }.all(in: db)
    #expect(pairs.map(\.0) == [scene.tea.id, scene.ships.id, scene.loops.id])
    #expect(pairs.map(\.1) == [nil, scene.ada.id, nil])
    let first = try await Post.order { $0.createdAt }.select { ($0.title, $0.views) }.first(
      in: db
    )
    #expect(first?.0 == "Tea" && first?.1 == 0)
  }

  @Test func `a soft-deleted row is out of the default scope`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let comment = try await db.insert(
      Comment(postID: scene.tea.id, body: "Hm", deletedAt: scene.tea.createdAt)
    )
    await #expect(throws: RowNotFound.self) { try await Comment.find(comment.id, in: db) }
    #expect(try await Comment.unscoped.find(comment.id, in: db) == comment)
  }

  @Test func `a locked row is skipped by others who ask for that`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    try await db.database.transaction { tx in
      #expect(try await Post.query.forUpdate().find(scene.tea.id, in: tx).id == scene.tea.id)
      let others = try await db.database.transaction { other in
        try await Post.query.order { $0.createdAt }.forUpdate(skipLocked: true).all(in: other)
      }
      #expect(others.map(\.title) == ["Ships", "Loops"])
    }
  }
}
