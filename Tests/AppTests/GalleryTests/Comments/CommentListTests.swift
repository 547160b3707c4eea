import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Listing comments")
struct CommentListTests {
  @Test(arguments: [
    ("", ["1", "2", "3", "4", "5"]), ("order=oldest", ["1", "2", "3", "4", "5"]),
    ("order=newest", ["5", "4", "3", "2", "1"]), ("order=top", ["3", "5", "4", "2", "1"]),
  ])
  func `comes page by page in the order that was asked for`(
    query: String,
    expected: [String]
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    for number in 1...5 {
      let comment = try await site.comment("\(number)", on: post, by: Cast.grace)
      let (likes, dislikes) = [1: (0, 1), 3: (2, 0), 4: (1, 1)][number] ?? (0, 0)
      try await site.db.write(
        """
        update comments set upvotes = \(likes), downvotes = \(dislikes) where id = \(comment.id)
        """
      )
    }

    try await site.serve { client async throws in
      var texts: [String] = []
      var next: String? = ""
      while let place = next {
        let path = "\(post.comments)?limit=2&\(query)" + (place.isEmpty ? "" : "&after=\(place)")
        let page = try await client.send(.get, path)
        #expect(page.status == .ok)
        texts += page.json["items"].list.compactMap { $0["text"].text }
        next = page.json["next"].text
      }
      #expect(texts == expected)
    }
  }

  @Test func `is for those who see the post`() async throws {
    let site = try await TestGallery.make()
    let hidden = try await site.post(by: Cast.ada, visibility: .private)
    let comment = try await site.comment("To myself", on: hidden, by: Cast.ada)

    try await site.serve { client async throws in
      for path in [hidden.comments, comment.path] {
        let answers = [
          try await client.send(.get, path),
          try await client.send(.get, path, as: Cast.linus),
          try await client.send(.get, path, as: Cast.ada),
        ]
        #expect(answers.map(\.status) == [.notFound, .notFound, .ok])
      }
    }
  }

  @Test func `leaves out whom one has muted, and both sides of a block`() async throws {
    var accounts = TestAccounts(blocks: [MemberBlock(by: Cast.linus.id, of: Cast.ada.id)])
    accounts.mutes = [Cast.ada.id: [Cast.grace.id]]
    let site = try await TestGallery.make(accounts: accounts)
    let post = try await site.post(by: Cast.margaret)
    for person in Cast.all { try await site.comment(person.username, on: post, by: person) }

    try await site.serve { client async throws in
      func shown(to person: CastMember?) async throws -> Set<String> {
        let page = try await client.send(.get, post.comments, as: person)
        return Set(page.json["items"].list.compactMap { $0["text"].text })
      }
      #expect(try await shown(to: Cast.ada) == ["ada", "margaret"])
      #expect(try await shown(to: Cast.linus) == ["grace", "linus", "margaret"])
      #expect(try await shown(to: nil) == ["ada", "grace", "linus", "margaret"])
    }
  }

  @Test(arguments: ["order=best", "after=!", "limit=0"])
  func `refuses what is no part of a list`(query: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let answer = try await client.send(.get, "\(post.comments)?\(query)")
      #expect(answer.status == .unprocessableContent)
    }
  }

  @Test func `takes four statements, however long`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    for number in 0..<12 {
      try await site.comment("\(number)", on: post, by: Cast.all[number % 4])
    }

    try await site.serve { client async throws in
      try await expectStatements(atMost: 4, atLeast: 4) {
        _ = try await client.send(.get, post.comments)
      }
    }
  }
}

@Suite("How comments are found among twenty thousand")
struct CommentPlanTests {
  @Test(arguments: [
    (CommentOrder.oldest, "comments_post_id_created_at_id_idx"),
    (.newest, "comments_post_id_created_at_id_idx"), (.top, "comments_post_id_score_id_idx"),
  ])
  func `a page at either end is the start of an index`(
    order: CommentOrder,
    index: String
  ) async throws {
    let (site, post) = try await manyComments()
    let list = Comment.query.on(post.id).ordered(by: order)
    let cursor = try #require(try await list.page(of: 9_000, in: site.db).next)

    for place in [nil, cursor] {
      let plan = try await QueryPlan(
        of: try list.sql(pageOf: 20, after: place),
        in: site.db,
        running: true
      )

      #expect(plan.indexes == [index])
      #expect(plan.sequentialScans.isEmpty && !plan.isSorting)
      #expect((1...60).contains(plan.pages))
      #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 21 })
    }
  }

  @Test func `one member's are the start of an index, too`() async throws {
    let (site, _) = try await manyComments()
    let own = Comment.query.written(by: Cast.ada.id).order { $0.createdAt }

    let plan = try await QueryPlan(of: try own.sql(pageOf: 20), in: site.db, running: true)

    #expect(plan.indexes == ["comments_author_id_created_at_id_idx"])
    #expect(plan.sequentialScans.isEmpty && !plan.isSorting)
    #expect((1...60).contains(plan.pages))
  }

  @Test func `are counted no further than is shown`() async throws {
    let (site, post) = try await manyComments()

    let plan = try await QueryPlan(of: Comment.counting(post.id), in: site.db, running: true)

    #expect((1...1_010).contains(plan.pages))
    #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 1_001 })
    #expect(try await Comment.count(on: post.id, in: site.db) == 1_001)
  }

  /// Twenty thousand comments on two posts, half of them on the first.
  private func manyComments() async throws -> (TestGallery, Post) {
    let site = try await TestGallery.make()
    let posts = [try await site.post(by: Cast.ada), try await site.post(by: Cast.grace)]
    try await site.db.write(
      """
      insert into comments (id, post_id, author_id, text, upvotes, created_at)
      select gen_random_uuid(),
             case number % 2 when 0 then \(posts[0].id) else \(posts[1].id) end,
             case number % 3 when 0 then \(Cast.ada.id) else \(Cast.grace.id) end,
             'Number ' || number, number % 100,
             '2026-01-01'::timestamptz + number * interval '1 s'
      from generate_series(1, 20000) as number
      """
    )
    try await site.db.write("vacuum analyze comments")
    return (site, posts[0])
  }
}
