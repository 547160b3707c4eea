import ArtelModel
import ArtelPostgres
import ArtelTesting
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("What is looked at most")
struct PopularPostsTests {
  /// A site on which posts were looked at; their titles are their views.
  private func site(views: [Int]) async throws -> TestGallery {
    let site = try await TestGallery.make()
    for (number, count) in views.enumerated() {
      let post = try await site.post(by: Cast.all[number % 4], title: "\(count)")
      try await see(post, count, on: site)
    }
    return site
  }

  private func see(_ post: Post, _ count: Int, on site: TestGallery) async throws {
    for _ in 0..<count { site.gallery.views.add(to: post.id) }
    try await site.gallery.views.fold(into: site.db)
  }

  private func titles(_ client: any TestClientProtocol) async throws -> [String] {
    let answer = try await client.send(.get, "/api/posts/popular")
    #expect(answer.status == .ok)
    #expect(answer.json["next"] == .null)
    return answer.json["items"].list.compactMap { $0["title"].text }
  }

  @Test func `comes first, and what nobody looked at not at all`() async throws {
    let site = try await site(views: [3, 0, 12, 7])

    try await site.serve { client in
      #expect(try await titles(client) == ["12", "7", "3"])
      let page = try await TestBrowser(client).get("/popular")
      #expect(page.status == .ok)
      let places = ["12", "7", "3"].compactMap { page.text.range(of: ">\($0)<")?.lowerBound }
      #expect(places.count == 3 && places == places.sorted())
    }
  }

  @Test func `takes three statements once the order is known`() async throws {
    let site = try await site(views: [3, 12])

    try await site.serve { client in
      try await expectStatements(atMost: 4, atLeast: 4) { _ = try await titles(client) }
      try await expectStatements(atMost: 3, atLeast: 3) { _ = try await titles(client) }
    }
  }

  // Fails without shownToEverybody in popularPosts: the hidden one is still shown.
  @Test func `is hidden at once when its author hides it, although the order is remembered`()
    async throws
  {
    let site = try await site(views: [3, 12])

    try await site.serve { client in
      #expect(try await titles(client) == ["12", "3"])
      let post = try #require(try await Post.where { $0.title == "12" }.first(in: site.db))
      _ = try await client.send(
        .patch,
        "/api/posts/\(post.id)",
        as: Cast.all.first { $0.id == post.authorID },
        json: #"{"is_public": false}"#
      )

      #expect(try await titles(client) == ["3"])
    }
  }

  @Test func `is counted anew after a minute`() async throws {
    let site = try await site(views: [3, 12])

    try await site.serve { client in
      #expect(try await titles(client) == ["12", "3"])
      let post = try #require(try await Post.where { $0.title == "3" }.first(in: site.db))
      try await see(post, 20, on: site)
      #expect(try await titles(client) == ["12", "3"])
      site.clock.advance(by: .seconds(60))
      #expect(try await titles(client) == ["3", "12"])
    }
  }

  @Test func `is of the last thirty days`() async throws {
    let site = try await site(views: [12])

    site.clock.advance(by: .seconds(31 * 86_400))

    try await site.serve { client in
      #expect(try await titles(client) == [])
      let page = try await TestBrowser(client).get("/popular")
      #expect(page.text.contains("Nobody has looked around yet"))
    }
  }

  @Test func `is found by looking through the newest posts alone`() async throws {
    let db = try await TestDatabase.make(context: "gallery")
    try await Member.meet(Cast.ada.id, through: TestAccounts(), in: db)
    try await db.write(
      """
      insert into posts (id, author_id, image_digest, image_type, image_bytes, width, height,
                         views, visibility_token, created_at)
      select gen_random_uuid(), \(Cast.ada.id), sha256(number::text::bytea), 'jpeg', 1000, 100, 100,
             number % 1000, 'a-token-' || number, \(TestClock.testStart) - number * interval '1 s'
      from generate_series(1, 30000) as number
      """
    )
    try await db.write("vacuum analyze posts")

    let plan = try await QueryPlan(
      of: Popularity.ranking(at: TestClock.testStart),
      in: db,
      running: true
    )

    #expect(plan.indexes == ["posts_public_created_at_id_idx"])
    #expect(plan.sequentialScans.isEmpty)
    #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 10_001 })
  }
}
