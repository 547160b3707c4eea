import ArtelModel
import ArtelPostgres
import Testing

@Suite("Guide to queries: counting")
struct CountingExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `comments of each post`() async throws {
    try await db.insert(contentsOf: [
      Comment(postID: here.tea.id, authorID: here.grace.id, body: "Warm"),
      Comment(postID: here.tea.id, authorID: here.ada.id, body: "Cold"),
    ])
    let ids = [here.tea.id, here.ships.id]
    let counts = try await example("count-by") {
      let counts = try await Comment.where { $0.postID.in(ids) }.count(by: { $0.postID }, in: db)
      return counts
    }
    #expect(counts == [here.tea.id: 2])
  }

  @Test func `votes of a post`() async throws {
    let id = here.tea.id
    try await db.insert(contentsOf: [
      Vote(memberID: here.ada.id, postID: id, kind: .upvote),
      Vote(memberID: here.grace.id, postID: id, kind: .upvote),
      Vote(memberID: here.linus.id, postID: id, kind: .downvote),
    ])
    let votes = try await example("count-votes") {
      let votes = try await Vote.where { $0.postID == id }.count(by: { $0.kind }, in: db)
      return votes
    }
    #expect(votes == [.upvote: 2, .downvote: 1])
  }

  @Test func `popular tags by their counter`() async throws {
    let tags = try await example("popular-tags") {
      let tags = try await Tag.where { $0.postCount >= 10 }
        .order { $0.postCount.descending }
        .limit(10)
        .all(in: db)
      return tags
    }
    #expect(tags == [here.wet])
  }

  @Test func `popular tags among what a member may see`() async throws {
    let (viewer, least) = (here.linus.id, 2)
    try await db.insert(PostTag(postID: here.loops.id, tagID: here.warm.id))
    let popular = try await example("popular-tags-seen") {
      let seen = Post.query.visible(to: viewer).select { $0.id }.sql
      let popular = try await db.read(
        """
        select count(*), \(columns: Tag.self)
        from tags
        join post_tags on post_tags.tag_id = tags.id
        where post_tags.post_id in (\(seen))
        group by tags.id
        having count(*) >= \(least)
        order by count(*) desc, tags.name
        limit 10
        """
      ).map { try (tag: Tag(from: $0, at: 1), posts: $0.decode(Int.self, at: 0)) }
      return popular
    }
    #expect(popular.map(\.tag) == [here.wet] && popular.map(\.posts) == [2])
  }

  @Test func `sizes of tables`() async throws {
    let sizes = try await example("table-sizes") {
      let sizes = try await db.read(
        """
        select relname::text, pg_total_relation_size(relid)
        from pg_stat_user_tables
        order by 2 desc, 1
        """
      ).map { try (table: $0.decode(String.self, at: 0), bytes: $0.decode(Int.self, at: 1)) }
      return sizes
    }
    #expect(sizes.contains { $0.table == "posts" && $0.bytes > 0 })
  }
}
