import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Counting rows by a column")
struct CountingTests {
  @Test func `rows in scope are counted for each value by one statement`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let gone = Comment(postID: scene.tea.id, body: "gone", deletedAt: scene.tea.createdAt)
    let kept = [scene.tea, scene.tea, scene.ships].map { Comment(postID: $0.id, body: "kept") }
    try await db.insert(contentsOf: kept + [gone])
    let (counts, statements) = try await StatementLog.recording {
      try await Comment.where { $0.body != "" }.count(by: { $0.postID }, in: db)
    }
    #expect(counts == [scene.tea.id: 2, scene.ships.id: 1])
    #expect(
      statements.map(\.text) == [
        "select post_id, count(*) from comments where deleted_at is null and body <> $1 "
          + "group by post_id"
      ]
    )
  }

  @Test func `nulls and enumerations are values too, and a limit counts before grouping`()
    async throws
  {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let editors = try await Post.query.count(by: { $0.editorID }, in: db)
    let firstTwo = Post.order { $0.createdAt }.limit(2)
    #expect(editors == [nil: 2, scene.ada.id: 1])
    #expect(try await firstTwo.count(by: { $0.status }, in: db) == [.draft: 1, .inReview: 1])
  }

  @Test func `a statement in SQL reads whole rows beside its own columns`() async throws {
    let db = try await Zoo.database()
    _ = try await Scene.entered(in: db)
    let sql: SQL = """
      select count(*), \(columns: Tag.self) from tags join post_tags on post_tags.tag_id = tags.id \
      group by tags.id order by 1 desc
      """
    let uses = try await db.read(sql).map { try (Tag(from: $0, at: 1), $0.decode(Int.self, at: 0)) }
    #expect(sql.text.hasPrefix("select count(*), tags.id, tags.name from tags"))
    #expect(uses.map(\.0.name) == ["wet", "warm"])
    #expect(uses.map(\.1) == [2, 1])
  }

  @Test func `names that need quotes keep them`() {
    let sql: SQL = "select \(columns: OddThing.self)"
    #expect(sql.text.hasPrefix(#"select "Odd Things"."Class", "Odd Things"."default", "#))
  }
}
