import ArtelModel
import ArtelPostgres
import Foundation
import Testing

@Suite("Guide to queries: changing")
struct ChangingExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `a counter`() async throws {
    let id = here.tea.id
    try await example("increment") {
      try await Post.increment { $0.upvotes }.where { $0.id == id }.run(in: db)
    }
    #expect(try await Post.find(id, in: db).upvotes == 1)
  }

  @Test func `what was given`() async throws {
    let (id, now) = (here.tea.id, Community.moment(9))
    let (title, description): (String?, String?) = ("Чай", nil)
    let changed = try await example("update") {
      let changed = try await Post.update {
        if let title { $0.title = title }
        if let description { $0.description = description }
        $0.updatedAt = now
      }
      .where { $0.id == id }
      .returning(in: db)
      return changed
    }
    #expect(changed.map(\.title) == ["Чай"])
    #expect(changed.map(\.description) == [here.tea.description])
  }

  @Test func `an expression`() async throws {
    let (id, now) = (here.ada.id, Community.moment(9))
    try await example("update-expression") {
      try await Member.update {
        $0.set(Member.columns.lastSeenAt, to: "greatest(last_seen_at, \(now))")
      }
      .where { $0.id == id }
      .run(in: db)
    }
    #expect(try await Member.find(id, in: db).lastSeenAt == now)
  }

  @Test func `many rows, each its own values`() async throws {
    let artist = try await db.insert(Artist(name: "Кино"))
    let album = try await db.insert(Album(artistID: artist.id, title: "Группа крови"))
    let titles = ["Спокойная ночь", "Группа крови", "Закрой за мной дверь"]
    var tracks = titles.enumerated().map { index, title in
      Track(albumID: album.id, title: title, number: index + 1, durationSeconds: 240)
    }
    try await db.insert(contentsOf: tracks)
    tracks.swapAt(0, 1)
    for index in tracks.indices { tracks[index].number = index + 1 }
    let changed = tracks
    try await example("bulk-update") {
      try await db.update(contentsOf: changed) { $0.number }
    }
    let stored = try await Track.order { $0.number }.select { $0.title }.all(in: db)
    #expect(stored == ["Группа крови", "Спокойная ночь", "Закрой за мной дверь"])
  }

  @Test func `counters counted anew`() async throws {
    try await example("recount") {
      try await Tag.update {
        $0.set(
          Tag.columns.postCount,
          to: "(select count(*) from post_tags where tag_id = tags.id)"
        )
      }
      .where("true")
      .run(in: db)
    }
    #expect(try await Tag.find(here.wet.id, in: db).postCount == 2)
  }

  @Test func `soft delete and back`() async throws {
    let comment = try await db.insert(
      Comment(postID: here.tea.id, authorID: here.ada.id, body: "Hm")
    )
    let (id, now) = (comment.id, Community.moment(9))
    let shown = try await example("soft-delete") {
      try await Comment.update { $0.deletedAt = now }.where { $0.id == id }.run(in: db)
      let shown = try await Comment.query.count(in: db)
      let everything = try await Comment.unscoped.count(in: db)
      return (shown, everything)
    }
    #expect(shown == (0, 1))
  }

  @Test func `delete what expired`() async throws {
    let now = Community.moment(10)
    try await db.insert(
      contentsOf: [9, 10, 11].map {
        VerificationCode(
          phone: "+79000000001",
          codeHash: Bytea([UInt8($0)]),
          expiresAt: Community.moment($0)
        )
      }
    )
    let removed = try await example("delete-expired") {
      let removed = try await VerificationCode.where { $0.expiresAt < now }.delete(in: db)
      return removed
    }
    #expect(removed == 1)
  }

  @Test func `locked and changed`() async throws {
    let id = here.tea.id
    try await example("lock") {
      try await db.transaction { tx in
        let post = try await Post.query.forUpdate().find(id, in: tx)
        try await Post.update { $0.isPublic = !post.isPublic }.where { $0.id == id }.run(in: tx)
      }
    }
    #expect(try await Post.find(id, in: db).isPublic == false)
  }

  @Test func `the next piece of work`() async throws {
    let work = try await example("skip-locked") {
      let work = try await db.transaction { tx in
        let codes = VerificationCode.order { $0.expiresAt }.limit(10)
        return try await codes.forUpdate(skipLocked: true).all(in: tx)
      }
      return work
    }
    #expect(work.isEmpty)
  }
}
