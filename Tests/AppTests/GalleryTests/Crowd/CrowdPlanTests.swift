import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import ArtelWeb
import GalleryContract
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

/// What everybody shows is skewed here as in life: see `Crowd/MakeCrowd.swift`.
@Suite("How lists are found in a crowd", .timeLimit(.minutes(10)))
struct CrowdPlanTests {
  @Test func `every list reads a few pages, at its beginning and deep in it`() async throws {
    let site = try await TestGallery.make()
    try await site.makeCrowd(members: 1_000, posts: 20_000, votes: 100_000)
    try await site.db.write(
      "insert into follows select \(TestGallery.busy), id from members on conflict do nothing"
    )

    for list in try await site.lists() {
      for sql in list.pages {
        let plan = try await QueryPlan(of: sql, in: site.db, running: true)
        let read = "\(list.name): \(plan.pages) pages, \(plan.indexes)"
        #expect(plan.indexes.contains(list.index), "\(read)")
        #expect(list.budget.contains(plan.pages), "\(read)")
        #expect(Set(plan.sequentialScans).isDisjoint(with: Self.large), "\(read)")
      }
    }
  }

  /// The tables that no list may read from end to end.
  private static let large: Set = [
    "posts", "pictures", "post_tags", "votes", "comments", "sent_files", "album_posts",
  ]
}

/// The statements of two pages of a list, and what they may cost.
private struct ListBudget {
  let name: String
  let index: String
  /// Pages of the database, in memory or on disk.
  let budget: ClosedRange<Int>
  /// The first page, and one deep in the list.
  let pages: [SQL]
}

extension TestGallery {
  /// The first of the crowd, who made the most posts.
  fileprivate static let busy = crowd(of: 1)[0].id

  fileprivate func lists() async throws -> [ListBudget] {
    try await postLists() + commentLists() + otherLists()
  }

  private func postLists() async throws -> [ListBudget] {
    let all = Post.query.shownToEverybody
    let busy = Post.query.written(by: TestGallery.busy).newestFirst
    let tag = try #require(try await Tag.query.order { $0.postCount.descending }.first(in: db))
    return try await [
      list("new", "posts_public_created_at_id_idx", 1...60, deep: 9_000, all.newestFirst),
      list(
        "hot",
        "posts_public_heat_id_idx",
        1...60,
        deep: 9_000,
        all.order { $0.heat.descending }
      ),
      ranked("top of all", .all, "posts_public_score_id_idx", 1...60),
      ranked("top of the month", .month, "posts_public_day_score_id_idx", 30...1_500),
      ranked("top of the week", .week, "posts_public_day_score_id_idx", 10...500),
      list("own", "posts_author_id_created_at_id_idx", 1...60, deep: 300, busy),
      list(
        "of a member",
        "posts_public_author_id_created_at_id_idx",
        1...60,
        deep: 300,
        busy.shownToEverybody
      ),
      list("of a tag", "post_tags_listed_idx", 1...60, deep: 900, PostTag.listed(under: tag.id)),
      home(),
    ]
  }

  private func commentLists() async throws -> [ListBudget] {
    let popular: PostID = try await db.read(
      "select post_id from comments group by post_id order by count(*) desc limit 1"
    )[0].decode(at: 0)
    let comments = Comment.query.on(popular)
    let byTime = "comments_post_id_created_at_id_idx"
    return try await [
      list("oldest comments", byTime, 1...60, deep: 400, comments.ordered(by: .oldest)),
      list("newest comments", byTime, 1...60, deep: 400, comments.ordered(by: .newest)),
      list(
        "best comments",
        "comments_post_id_score_id_idx",
        1...60,
        deep: 400,
        comments.ordered(by: .top)
      ),
    ]
  }

  private func otherLists() async throws -> [ListBudget] {
    let album = try #require(
      try await Album.where { $0.name == "Album 1" }.first(in: db)
    )
    let sent = try #require(
      try await SentFile.where { $0.authorID == TestGallery.busy }.first(in: db)
    )
    let trash = Post.unscoped.inTrash.written(by: TestGallery.busy).latestMovedFirst
    return try await [
      list(
        "of an album",
        "album_posts_album_id_position_post_id_idx",
        20...200,
        deep: 300,
        album.listedPosts(for: nil)
      ),
      list("trash", "posts_trash_author_id_moved_at_id_idx", 1...60, deep: 5, trash),
      ListBudget(
        name: "a file that was sent before",
        index: "sent_files_author_id_digest_idx",
        budget: 2...12,
        pages: [SentFile.made(of: sent.digest, by: TestGallery.busy).limit(1).sql]
      ),
    ]
  }

  private func list<Row: TableRow>(
    _ name: String,
    _ index: String,
    _ budget: ClosedRange<Int>,
    deep: Int,
    _ query: Query<Row>
  ) async throws -> ListBudget {
    let cursor = try #require(try await query.page(of: deep, in: db).next, "\(name) is short")
    return ListBudget(
      name: name,
      index: index,
      budget: budget,
      pages: [try query.sql(pageOf: 20), try query.sql(pageOf: 20, after: cursor)]
    )
  }

  private func ranked(
    _ name: String,
    _ period: Period,
    _ index: String,
    _ budget: ClosedRange<Int>
  ) async throws -> ListBudget {
    var wish = try FeedForm.read(from: FormSource(texts: []))
    wish.order = .top
    wish.period = period
    var pages: [SQL] = []
    for _ in 1...2 {
      let query = try Post.query.shownToEverybody.ranked(by: wish, at: clock.now)
      pages.append(try query.sql(pageOf: 20, after: wish.page.after))
      wish.page.after = try await query.page(of: 20, after: wish.page.after, in: db).next
      #expect(wish.page.after != nil, "\(name) is short")
    }
    return ListBudget(name: name, index: index, budget: budget, pages: pages)
  }

  /// The home feed of one who follows everybody.
  private func home() async throws -> ListBudget {
    var page = PageRequest()
    var pages: [SQL] = []
    for _ in 1...2 {
      let query = try Follow.home(of: TestGallery.busy, page)
      pages.append(try query.sql(pageOf: page.limit, after: page.after))
      page.after = try await query.page(of: page.limit, after: page.after, in: db).next
      #expect(page.after != nil)
    }
    return ListBudget(
      name: "home of one who follows all",
      index: "posts_public_author_id_created_at_id_idx",
      budget: 1_000...20_000,
      pages: pages
    )
  }
}
