import ArtelModel
import ArtelPostgres
import Testing

@Suite("Guide to queries: lists")
struct ListExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `filtered, sorted and cut`() async throws {
    let posts = try await example("public-posts") {
      let posts = try await Post.where { $0.isPublic }
        .order { $0.createdAt.descending }
        .limit(20)
        .all(in: db)
      return posts
    }
    #expect(posts == [here.ships, here.tea])
  }

  @Test func `conditions of every kind`() async throws {
    let (ada, since) = (here.ada.id, Community.moment(1))
    let posts = try await example("conditions") {
      let posts = try await Post.where { ($0.isPublic || $0.authorID == ada) && $0.views >= 5 }
        .where { $0.createdAt > since && $0.title.ilike(LikePattern.prefix("lo")) }
        .order {
          $0.views.descending
          $0.title
        }
        .all(in: db)
      return posts
    }
    #expect(posts == [here.loops])
  }

  @Test func `a scope with a name`() async throws {
    let viewer = here.ada.id
    let posts = try await example("scope") {
      let posts = try await Post.query.visible(to: viewer).order { $0.createdAt }.all(in: db)
      return posts
    }
    #expect(posts == [here.tea, here.ships, here.loops])
    #expect(try await Post.query.visible(to: nil).count(in: db) == 2)
  }

  @Test func `pages`() async throws {
    let (first, second) = try await example("page") {
      let feed = Post.where { $0.isPublic }.order { $0.createdAt.descending }
      let first = try await feed.page(of: 1, in: db)
      let second = try await feed.page(of: 1, after: first.next, in: db)
      return (first, second)
    }
    #expect(first.items == [here.ships] && second.items == [here.tea])
    #expect(first.next != nil && second.next == nil)
  }

  @Test func `chosen columns`() async throws {
    let titles = try await example("select") {
      let titles = try await Post.where { $0.isPublic }
        .order { $0.title }
        .select { ($0.id, $0.title) }
        .all(in: db)
      return titles
    }
    #expect(titles.map(\.1) == ["Корабли", "Чай у моря"])
  }

  @Test func `columns of two tables`() async throws {
    let lines = try await example("join") {
      let lines = try await db.read(
        """
        select posts.title, members.username
        from posts join members on members.id = posts.author_id
        order by posts.created_at
        """
      ).map { try (title: $0.decode(String.self, at: 0), author: $0.decode(String.self, at: 1)) }
      return lines
    }
    #expect(lines.map(\.author) == ["ada", "grace", "ada"])
  }

  @Test func `rows of another query`() async throws {
    let wet = here.wet.id
    let posts = try await example("in-selection") {
      let posts =
        try await Post
        .where { $0.id.in(PostTag.where { $0.tagID == wet }.select { $0.postID }) }
        .order { $0.createdAt }
        .all(in: db)
      return posts
    }
    #expect(posts == [here.tea, here.ships])
  }
}

// example: visible
extension Query where Row == Post {
  /// The posts that a viewer may see; a guest is nil.
  func visible(to viewer: MemberID?) -> Query {
    guard let viewer else { return `where` { $0.isPublic } }
    return `where` { $0.isPublic || $0.authorID == viewer }
  }
}
// end
