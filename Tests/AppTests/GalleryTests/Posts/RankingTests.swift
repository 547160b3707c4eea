import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import Foundation
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Ranking posts")
struct RankingTests {
  /// Posts of so many hours before now, with their votes; a title is a name.
  private static let posts: [(name: String, hours: Double, upvotes: Int, downvotes: Int)] = [
    ("old hit", 24 * 40, 1_000, 0), ("month", 24 * 20, 50, 0), ("week", 24 * 3, 20, 0),
    ("disliked", 5, 0, 10), ("today", 4, 10, 1), ("fresh", 1, 1, 0), ("newest", 0.5, 0, 0),
  ]

  private func site() async throws -> TestGallery {
    let site = try await TestGallery.make()
    for (name, hours, upvotes, downvotes) in Self.posts {
      let post = try await site.post(by: Cast.ada, title: name)
      try await site.db.write(
        """
        update posts set upvotes = \(upvotes), downvotes = \(downvotes),
          created_at = \(TestClock.testStart.addingTimeInterval(-hours * 3600))
        where id = \(post.id)
        """
      )
    }
    try await site.post(by: Cast.ada, title: "hidden", visibility: .private)
    try await site.db.write("update posts set upvotes = 5000 where visibility = 'private'")
    return site
  }

  @Test(arguments: [
    ("", ["newest", "fresh", "today", "disliked", "week", "month", "old hit"]),
    ("order=new", ["newest", "fresh", "today", "disliked", "week", "month", "old hit"]),
    ("order=top&period=day", ["today", "fresh", "newest", "disliked"]),
    ("order=top", ["week", "today", "fresh", "newest", "disliked"]),
    ("order=top&period=month", ["month", "week", "today", "fresh", "newest", "disliked"]),
    (
      "order=top&period=all",
      ["old hit", "month", "week", "today", "fresh", "newest", "disliked"]
    ),
    ("order=hot", ["today", "newest", "fresh", "disliked", "week", "month", "old hit"]),
  ])
  func `lists posts in the order that was asked for, page by page`(
    query: String,
    expected: [String]
  ) async throws {
    let site = try await site()

    try await site.serve { client async throws in
      for limit in [2, 100] {
        var titles: [String] = []
        var next: String? = ""
        while let place = next {
          let after = place.isEmpty ? "" : "&after=\(place)"
          let page = try await client.send(.get, "/api/posts?limit=\(limit)&\(query)\(after)")
          #expect(page.status == .ok)
          titles += page.json["items"].list.compactMap { $0["title"].text }
          next = page.json["next"].text
        }
        #expect(titles == expected)
      }
    }
  }

  @Test func `says in SQL what heat is`() async throws {
    let site = try await site()

    let rows = try await site.db.read(
      """
      select heat - (sign(upvotes - downvotes) * log(greatest(abs(upvotes - downvotes), 1)::numeric)
        + extract(epoch from created_at) / 45000)::double precision from posts
      """
    )

    #expect(rows.count == 8)
    for row in rows { #expect(abs(try row.decode(Double.self, at: 0)) < 1e-9) }
  }

  @Test(arguments: ["order=best", "period=year", "order=hot&after=AAAA"])
  func `refuses what is no list`(query: String) async throws {
    let site = try await TestGallery.make()

    try await site.serve { client async throws in
      #expect(try await client.send(.get, "/api/posts?\(query)").status == .unprocessableContent)
    }
  }

  @Test func `stands in tabs on the feed, with times for the best alone`() async throws {
    let site = try await site()

    try await site.serve { client async throws in
      let browser = TestBrowser(client, as: Cast.grace, language: "ru")
      let new = try await browser.get("/").text
      let best = try await browser.get("/?order=top&period=month").text
      #expect(new.contains("order=hot") && !new.contains("period=day"))
      #expect(best.contains("period=day") && best.contains("period=all"))
      #expect(best.contains("Лучшие") && best.contains("Сейчас нравится"))
      let places = ["month", "week", "today"].compactMap { best.range(of: ">\($0)<")?.lowerBound }
      #expect(places.count == 3 && places == places.sorted())
    }
  }
}

@Suite("How rankings are found among thirty thousand posts")
struct RankingPlanTests {
  @Test(arguments: [
    (PostOrder.new, Period.week, "posts_public_created_at_id_idx", 60),
    (.hot, .week, "posts_public_heat_id_idx", 60), (.top, .all, "posts_public_score_id_idx", 60),
    (.top, .day, "posts_public_day_score_id_idx", 250),
    (.top, .month, "posts_public_day_score_id_idx", 1_500),
  ])
  func `a page is the start of an index, wherever it begins`(
    order: PostOrder,
    period: Period,
    index: String,
    pages: Int
  ) async throws {
    let site = try await TestGallery.make()
    try await site.manyPosts()
    var wish = try FeedForm.read(from: FormSource(texts: []))
    wish.order = order
    wish.period = period
    let now = TestClock.testStart
    let cursor = try #require(
      try await Post.query.shownToEverybody.ranked(by: wish, at: now)
        .page(of: wish.page.limit, in: site.db).next
    )
    let pageLimit = wish.page.limit
    wish.page.limit = period == .day ? 450 : 14_000
    let end = try #require(
      try await Post.query.shownToEverybody.ranked(by: wish, at: now)
        .page(of: wish.page.limit, in: site.db).next
    )
    wish.page.limit = pageLimit

    for place in [nil, cursor, end] {
      wish.page.after = place
      let list = try Post.query.shownToEverybody.ranked(by: wish, at: now)
      let plan = try await QueryPlan(
        of: try list.sql(pageOf: wish.page.limit, after: place),
        in: site.db,
        running: true
      )

      #expect(plan.indexes.contains(index))
      #expect(plan.sequentialScans.isEmpty)
      #expect((1...pages).contains(plan.pages))
      #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 21 * 31 })
    }
  }
}

extension TestGallery {
  /// Thirty thousand posts, a thousand a day, half of them public.
  fileprivate func manyPosts() async throws {
    try await Member.meet(Cast.ada.id, through: accounts, in: db)
    try await db.write(
      """
      with fresh as (
        insert into posts (id, author_id, cover_id, picture_count,
                           visibility, visibility_token, upvotes, created_at)
        select gen_random_uuid(), \(Cast.ada.id), gen_random_uuid(), 1,
               case when number % 2 = 0 then 'public'::visibility else 'private' end,
               'a-token-' || number, number * 7919 % 5000,
               \(TestClock.testStart) - number * interval '86.4 s'
        from generate_series(1, 30000) as number
        returning id, cover_id, visibility_token
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, sha256('x'), 'jpeg', 1000, 100, 100 from fresh
      """
    )
    try await db.write("vacuum analyze posts")
  }
}
