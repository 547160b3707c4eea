import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Including related rows")
struct RelationTests {
  @Test func `each relation costs one statement, however many rows there are`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let (posts, statements) = try await StatementLog.recording {
      try await Post.order { $0.createdAt }
        .including(Post.author, Post.editor, Post.tags.order { $0.name })
        .all(in: db)
    }
    #expect(posts.map(\.0.title) == ["Tea", "Ships", "Loops"])
    #expect(posts.map(\.1.username) == ["Ada", "grace", "Ada"])
    #expect(posts.map(\.2?.username) == [nil, "Ada", nil])
    #expect(posts.map { $0.3.map(\.name) } == [["warm", "wet"], ["wet"], []])
    #expect(statements.count == 4)
    #expect(scene.ada.karma == 3)
  }

  @Test func `related statements are one text for any number of rows`() async throws {
    let db = try await Zoo.database()
    _ = try await Scene.entered(in: db)
    let texts = try await StatementLog.recording {
      _ = try await Post.query.including(Post.author, Post.tags).all(in: db)
    }.statements.map(\.text).sorted()
    #expect(
      texts
        == [
          Post.query.sql.text,
          "select id, username, bio, karma from members where id = any(array(select unnest($1)))",
          """
          select links.parent_key, id, name from tags join (select post_id as parent_key, \
          tag_id as child_key from post_tags where post_id = any(array(select unnest($1)))) as links \
          on links.child_key = tags.id order by id
          """,
        ].sorted()
    )
  }

  // Fails with `= any($1)`: PostgreSQL plans for the number of keys each time, which costs more than reading.
  @Test func `related statements are planned once, not for every request`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)

    let plans = try await db.database.transaction { tx in
      for _ in 1...12 {
        _ = try await Post.query.including(Post.author, Post.tags).find(scene.tea.id, in: tx)
      }
      return try await tx.read(
        """
        select custom_plans, generic_plans from pg_prepared_statements
        where statement like '%any(array(select' || ' unnest(%'
        """
      )
    }

    // The first five times PostgreSQL compares.
    let counts = try plans.map { [try $0.decode(Int.self, at: 0), try $0.decode(Int.self, at: 1)] }
    #expect(counts == [[5, 7], [5, 7]])
  }

  @Test func `relations load inside a transaction`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let (member, posts, profile) = try await db.database.transaction { tx in
      try await Member.query.including(Member.postsAsAuthor, Member.profile).find(
        scene.ada.id,
        in: tx
      )
    }
    #expect(member.username == "Ada")
    #expect(Set(posts.map(\.title)) == ["Tea", "Loops"])
    #expect(profile == nil)
  }

  @Test func `no rows lead nowhere, without a statement`() async throws {
    let db = try await Zoo.database()
    let (posts, statements) = try await StatementLog.recording {
      try await Post.query.including(Post.author, Post.tags).all(in: db)
    }
    #expect(posts.isEmpty && statements.count == 1)
  }

  @Test func `a to-many relation can be narrowed, sorted and cut for each row`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let bodies = ["one", "two", "three"]
    for post in [scene.tea, scene.ships] {
      try await db.insert(contentsOf: bodies.map { Comment(postID: post.id, body: $0) })
    }
    let latest = Post.comments.where { $0.body != "two" }.order { $0.body.descending }.limit(1)
    let (posts, statements) = try await StatementLog.recording {
      try await Post.order { $0.createdAt }.including(
        latest,
        Post.tags.order { $0.name }.limit(1)
      ).all(in: db)
    }
    #expect(posts.map { $0.1.map(\.body) } == [["three"], ["three"], []])
    #expect(posts.map { $0.2.map(\.name) } == [["warm"], ["wet"], []])
    #expect(statements.count == 3)
    #expect(
      statements.contains {
        $0.text == """
          select related.* from unnest($1) as parent (key) cross join lateral (select id, post_id, \
          parent_id, body, created_at, deleted_at from comments where post_id = parent.key and \
          deleted_at is null and body <> $2 order by body desc limit 1) as related
          """
      }
    )
  }

  @Test func `to-many relations keep the default scope, to-one relations follow their key`()
    async throws
  {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let gone = try await db.insert(
      Comment(postID: scene.tea.id, body: "gone", deletedAt: scene.tea.createdAt)
    )
    let answer = try await db.insert(
      Comment(postID: scene.tea.id, parentID: gone.id, body: "answer")
    )

    let (_, comments) = try await Post.query.including(Post.comments).find(scene.tea.id, in: db)
    let (_, parent) = try await Comment.query.including(Comment.parent).find(answer.id, in: db)
    let (_, answers) = try await Comment.unscoped.including(Comment.commentsAsParent).find(
      gone.id,
      in: db
    )

    #expect(comments == [answer])
    #expect(parent == gone)
    #expect(answers == [answer])
  }
}
