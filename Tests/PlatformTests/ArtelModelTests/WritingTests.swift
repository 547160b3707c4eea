import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Writing rows")
struct WritingTests {
  @Test func `inserting an absent row tells whether it was absent`() async throws {
    let db = try await Zoo.database()
    let wet = Tag(name: "wet")
    let first = try await db.insertIfAbsent(wet)
    let second = try await db.insertIfAbsent(wet)
    let some = try await db.insertIfAbsent(contentsOf: [wet, Tag(name: "wet"), Tag(name: "dry")])
    #expect(first && !second)
    #expect(some == 1)
  }

  @Test func `many rows are inserted by one statement with their nulls`() async throws {
    let db = try await Zoo.database()
    let members = (0..<500).map {
      Member(username: "m\($0)", bio: $0 % 2 == 0 ? nil : "bio \($0)", karma: $0)
    }
    let (count, statements) = try await StatementLog.recording {
      try await db.insert(contentsOf: members)
    }
    #expect(count == 500 && statements.count == 1)
    #expect(Set(try await Member.query.all(in: db)) == Set(members))
  }

  @Test func `many rows with arrays and enumerations are inserted by one statement`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let things = [OddThing(default: "a", personIDs: [scene.ada.id]), OddThing(default: "b")]
    try await db.insert(contentsOf: things)
    let stored = try await OddThing.order { $0.class }.all(in: db)
    #expect(stored.map(\.personIDs) == [[scene.ada.id], []])
    #expect(try await Post.find(scene.ships.id, in: db).status == .inReview)
  }

  @Test func `an upsert inserts, then updates`() async throws {
    let db = try await Zoo.database()
    var ada = Member(username: "ada")
    let inserted = try await db.upsert(ada)
    #expect(inserted == ada)
    ada.karma = 9
    let updated = try await db.upsert(ada)
    #expect(updated.karma == 9)
    #expect(try await Member.query.count(in: db) == 1)
  }

  @Test func `an upsert keeps the stored row when its condition says so`() async throws {
    let db = try await Zoo.database()
    var ada = try await db.insert(Member(username: "ada", karma: 5))
    ada.karma = 4
    let kept = try await db.upsert(
      ada,
      on: { $0.id },
      updating: { $0.karma },
      where: "members.karma < excluded.karma"
    )
    #expect(kept == nil)
    #expect(try await Member.find(ada.id, in: db).karma == 5)
  }

  @Test func `an update changes what was assigned and nothing else`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let count = try await Post.update {
      $0.title = "Storms"
      $0.editorID = nil
      $0.status = .published
    }
    .where { $0.id == scene.ships.id }.run(in: db)
    let ships = try await Post.find(scene.ships.id, in: db)
    #expect(count == 1)
    #expect(ships.title == "Storms" && ships.editorID == nil && ships.status == .published)
    #expect(ships.views == 7 && ships.titleLength == 6)
  }

  @Test func `an update can return the rows as they are now`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    let mine = Post.increment(by: 2) { $0.views }.where { $0.authorID == scene.ada.id }
    #expect(try await mine.returning(in: db).map(\.views) == [2, 2])
    let unchanged = try await Post.update { _ in }.where { $0.id == scene.tea.id }.returning(
      in: db
    )
    #expect(unchanged.map(\.views) == [2])
  }

  @Test func `a bulk update writes the chosen columns of each row`() async throws {
    let db = try await Zoo.database()
    var members = [Member(username: "a"), Member(username: "b", bio: "x"), Member(username: "c")]
    try await db.insert(contentsOf: members)
    for index in members.indices {
      members[index].karma = index * 10
      members[index].bio = index == 1 ? nil : "bio"
      members[index].username = "not written"
    }
    let count = try await db.update(contentsOf: members) {
      $0.karma
      $0.bio
    }
    let stored = try await Member.order { $0.karma }.all(in: db)
    #expect(count == 3)
    #expect(stored.map(\.username) == ["a", "b", "c"])
    #expect(stored.map(\.karma) == [0, 10, 20])
    #expect(stored.map(\.bio) == ["bio", nil, "bio"])
  }

  @Test func `a bulk update casts enumerations and refuses arrays`() async throws {
    let db = try await Zoo.database()
    var tea = try await Scene.entered(in: db).tea
    tea.status = .published
    try await db.update(contentsOf: [tea]) { $0.status }
    #expect(try await Post.find(tea.id, in: db).status == .published)
    await #expect(throws: PostgresError.self) {
      try await db.update(contentsOf: [tea]) { $0.labels }
    }
  }

  @Test func `a delete tells how many rows went`() async throws {
    let db = try await Zoo.database()
    let scene = try await Scene.entered(in: db)
    #expect(try await Post.where { $0.authorID == scene.ada.id }.delete(in: db) == 2)
    #expect(try await Post.delete(scene.tea.id, in: db) == false)
    #expect(try await Post.delete(scene.ships.id, in: db))
  }
}
