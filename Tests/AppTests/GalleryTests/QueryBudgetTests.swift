import ArtelModel
import ArtelPostgres
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("What requests cost the database")
struct QueryBudgetTests {
  @Test(arguments: ["/", "/api/posts?limit=100"])
  func `a list takes five statements, however long`(path: String) async throws {
    let site = try await TestGallery.make()
    for number in 0..<12 {
      try await site.post(by: Cast.all[number % 4], title: "\(number)")
    }

    try await site.serve { client in
      let answer = try await expectStatements(atMost: 5, atLeast: 5) {
        try await client.send(.get, path, headers: [.accept: "text/html"])
      }
      #expect(answer.status == .ok)
    }
  }

  @Test func `a post takes five statements`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client in
      let path = "/api/posts/\(post.id)"
      let answer = try await expectStatements(atMost: 5, atLeast: 5) {
        try await client.send(.get, path)
      }
      #expect(answer.status == .ok)
    }
  }

  @Test func `a picture takes two statements, whatever its size`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)

    try await site.serve { client in
      try await expectStatements(atMost: 2) { _ = try await client.send(.get, post.thumbnailURL) }
      try await expectStatements(atMost: 2) { _ = try await client.send(.get, post.imageURL) }
    }
  }

  @Test func `publishing takes the same few statements for every picture`() async throws {
    let site = try await TestGallery.make()
    let upload = Upload().file(Sample.gif())

    try await site.serve { client in
      // Room, meet the member, begin, hold the files, bans, post, pictures, copies, sent files, author, event,
      // update, usage, commit.
      let answer = try await expectStatements(atMost: 14, atLeast: 12) {
        try await client.publish(upload)
      }
      #expect(answer.status == .created)
    }
  }
}

@Suite("How lists are found among twenty thousand posts")
struct ListPlanTests {
  private let feed = Post.query.shownToEverybody.newestFirst

  @Test func `the first page of the feed is the start of an index`() async throws {
    let db = try await manyPosts()

    let plan = try await QueryPlan(of: try feed.sql(pageOf: 20), in: db, running: true)

    expectShortReading(of: "posts_public_created_at_id_idx", plan)
  }

  @Test func `a page at the end of the feed costs what the first one does`() async throws {
    let db = try await manyPosts()
    let first = try await QueryPlan(of: try feed.sql(pageOf: 20), in: db, running: true)
    let cursor = try #require(try await feed.page(of: 9900, in: db).next)

    let deep = try await QueryPlan(
      of: try feed.sql(pageOf: 20, after: cursor),
      in: db,
      running: true
    )

    expectShortReading(of: "posts_public_created_at_id_idx", deep)
    #expect(Double(deep.pages) <= Double(first.pages) * 1.5 + 3)
  }

  @Test func `a member's own posts are the start of an index, too`() async throws {
    let db = try await manyPosts()
    let own = Post.query.written(by: Cast.ada.id).newestFirst

    let plan = try await QueryPlan(of: try own.sql(pageOf: 20), in: db, running: true)

    expectShortReading(of: "posts_author_id_created_at_id_idx", plan)
  }

  @Test func `whether a file is still needed is looked up by its digest`() async throws {
    let db = try await manyPosts()
    let digest = Bytea([UInt8](repeating: 1, count: 32))

    let plan = try await QueryPlan(
      of: Picture.where { $0.digest == digest }.limit(1).sql,
      in: db
    )

    #expect(plan.sequentialScans.isEmpty)
    #expect(plan.indexes == ["pictures_digest_idx"])
  }

  @Test func `the posts of a tag are the start of an index, however deep`() async throws {
    let db = try await manyPosts()
    let tag = try await tagged(db)
    let list = PostTag.listed(under: tag)
    let cursor = try #require(try await list.page(of: 4900, in: db).next)

    for after in [nil, cursor] {
      let plan = try await QueryPlan(
        of: try list.sql(pageOf: 20, after: after),
        in: db,
        running: true
      )
      expectShortReading(of: "post_tags_listed_idx", plan)
    }
  }

  @Test func `what a member shows is the start of an index, whatever is private`() async throws {
    let db = try await manyPosts()
    let shown = Post.query.written(by: Cast.ada.id).newestFirst.shownToEverybody

    let plan = try await QueryPlan(of: try shown.sql(pageOf: 20), in: db, running: true)

    expectShortReading(of: "posts_public_author_id_created_at_id_idx", plan)
  }

  @Test func `popular tags, and a tag by its address, are looked up`() async throws {
    let db = try await TestDatabase.make(context: "gallery")
    try await db.write(
      """
      insert into tags (id, name, slug, post_count)
      select gen_random_uuid(), 'tag ' || n, 'tag-' || n, n % 997 from generate_series(1, 20000) as n
      """
    )
    try await db.write("vacuum analyze tags")
    let popular = Tag.query.shown.where { $0.postCount >= 10 }.order { $0.postCount.descending }
    let named = Tag.query.shown.order { $0.name.ascending }

    let plans = [
      ("tags_post_count_id_idx", try popular.sql(pageOf: 20)),
      ("tags_shown_name_id_idx", try named.sql(pageOf: 20)),
    ]
    for (index, sql) in plans {
      expectShortReading(of: index, try await QueryPlan(of: sql, in: db, running: true))
    }
    let one = try await QueryPlan(of: Tag.where { $0.slug == "tag-7" }.sql, in: db)
    #expect(one.indexes == ["tags_slug_key"])
    let word = try await QueryPlan(
      of: Tag.query.shown.beginning(with: "tag 19").limit(9).sql,
      in: db
    )
    #expect(word.indexes == ["tags_name_key"])
  }

  private func tagged(_ db: TestDatabase) async throws -> TagID {
    let tag = try await db.insert(Tag(name: "every", slug: "every"))
    try await db.write(
      """
      insert into post_tags (post_id, tag_id, is_listed, created_at)
      select id, \(tag.id), visibility = 'public', created_at from posts
      """
    )
    try await db.write("vacuum analyze post_tags")
    return tag.id
  }

  private func expectShortReading(
    of index: String,
    _ plan: QueryPlan,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(plan.indexes == [index], sourceLocation: sourceLocation)
    #expect(plan.sequentialScans.isEmpty, sourceLocation: sourceLocation)
    #expect(!plan.isSorting, sourceLocation: sourceLocation)
    #expect((0.5...40).contains(plan.totalCost), sourceLocation: sourceLocation)
    #expect((1...60).contains(plan.pages), sourceLocation: sourceLocation)
    #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 21 }, sourceLocation: sourceLocation)
  }

  /// Twenty thousand posts, half of them public, of two members.
  private func manyPosts() async throws -> TestDatabase {
    let db = try await TestDatabase.make(context: "gallery")
    for person in [Cast.ada, Cast.grace] {
      try await Member.meet(person.id, through: TestAccounts(), in: db)
    }
    try await db.write(
      """
      with fresh as (
        insert into posts (id, author_id, cover_id, picture_count,
                           visibility, visibility_token, created_at)
        select gen_random_uuid(), case number % 3 when 0 then \(Cast.ada.id) else \(Cast.grace.id) end,
               gen_random_uuid(), 1,
               case number % 4 when 1 then 'private' when 3 then 'unlisted' else 'public' end::visibility,
               'a-token-' || number, '2026-01-01'::timestamptz + number * interval '1 s'
        from generate_series(1, 20000) as number
        returning id, cover_id, visibility_token
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, sha256(visibility_token::bytea), 'jpeg', 1000, 100, 100 from fresh
      """
    )
    try await db.write("vacuum analyze posts")
    try await db.write("vacuum analyze pictures")
    return db
  }
}
