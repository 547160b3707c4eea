import ArtelModel
import ArtelPostgres
import Testing

@Suite("Guide to queries: searching")
struct SearchExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `members by a part of their name`() async throws {
    let typed = "ada"
    let members = try await example("search-members") {
      let pattern = LikePattern.containing(typed)
      let members = try await db.read(
        """
        select \(columns: Member.self) from members
        where display_name ilike \(pattern) or username::text ilike \(pattern)
        order by display_name ilike \(LikePattern.prefix(typed)) desc, last_seen_at desc
        limit 20
        """
      ).map { try Member(from: $0, at: 0) }
      return members
    }
    #expect(members == [here.ada, here.linus])
  }

  @Test func `members in spite of a slip`() async throws {
    let typed = "Lovelase"
    let members = try await example("search-similar") {
      let members = try await db.read(
        """
        select \(columns: Member.self) from members
        where \(typed) <% display_name
        order by \(typed) <<-> display_name
        limit 20
        """
      ).map { try Member(from: $0, at: 0) }
      return members
    }
    #expect(members == [here.ada])
  }

  @Test func `posts by their words`() async throws {
    let (viewer, typed) = (here.linus.id, "чаи")
    let posts = try await example("search-posts") {
      let query: SQL = "websearch_to_tsquery('russian', \(typed))"
      let seen = Post.query.visible(to: viewer).where("search @@ \(query)").select { $0.id }.sql
      let posts = try await db.read(
        """
        select \(columns: Post.self) from posts
        where id in (\(seen))
        order by ts_rank(search, \(query)) desc, id
        limit 20
        """
      ).map { try Post(from: $0, at: 0) }
      return posts
    }
    #expect(posts.first == here.tea)
  }
}
