import ArtelModel
import ArtelPostgres
import Testing

@Suite("Guide to queries: finding")
struct FindingExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `a row by its key`() async throws {
    let id = here.tea.id
    let post = try await example("find") {
      let post = try await Post.find(id, in: db)
      return post
    }
    #expect(post == here.tea)
    await #expect(throws: RowNotFound.self) {
      try await Post.where { $0.isPublic }.find(here.loops.id, in: db)
    }
  }

  @Test func `a row by another column`() async throws {
    let phone = "+79000000002"
    let member = try await example("find-by") {
      let member = try await Member.where { $0.phone == phone }.first(in: db)
      return member
    }
    #expect(member == here.grace)
  }

  @Test func `a post with its author and comments`() async throws {
    let id = here.tea.id
    let first = Comment(
      postID: id,
      authorID: here.grace.id,
      body: "Warm",
      createdAt: Community.moment(3)
    )
    let second = Comment(
      postID: id,
      authorID: here.linus.id,
      body: "Cold",
      createdAt: Community.moment(4)
    )
    try await db.insert(contentsOf: [second, first])
    let (post, author, comments) = try await example("find-including") {
      let (post, author, comments) = try await Post.query
        .including(Post.author, Post.comments.order { $0.createdAt })
        .find(id, in: db)
      return (post, author, comments)
    }
    #expect(post == here.tea && author == here.ada)
    #expect(comments == [first, second])
  }

  @Test func `a member with posts, followers and followed`() async throws {
    let id = here.ada.id
    try await db.insert(contentsOf: [
      Follow(followerID: here.ada.id, followeeID: here.grace.id),
      Follow(followerID: here.linus.id, followeeID: here.ada.id),
    ])
    let (member, posts, followers, followees) = try await example("member-including") {
      let (member, posts, followers, followees) = try await Member.query
        .including(
          Member.posts.order { $0.createdAt.descending }.limit(20),
          Member.followers,
          Member.followees
        )
        .find(id, in: db)
      return (member, posts, followers, followees)
    }
    #expect(member == here.ada && posts == [here.loops, here.tea])
    #expect(followers == [here.linus] && followees == [here.grace])
  }

  @Test func `whether there is one, and how many`() async throws {
    let ada = here.ada.id
    let answers = try await example("exists-count") {
      let hasPosts = try await Post.where { $0.authorID == ada }.exists(in: db)
      let publicPosts = try await Post.where { $0.isPublic }.count(in: db)
      return (hasPosts, publicPosts)
    }
    #expect(answers == (true, 2))
  }
}
