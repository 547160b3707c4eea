import ArtelModel
import ArtelPostgres
import Foundation
import Testing

@Suite("Guide to queries: creating")
struct CreatingExamples {
  let here: Community
  var db: Database { here.db }

  init() async throws { here = try await Community() }

  @Test func `one row`() async throws {
    let member = try await example("create") {
      let member = try await db.insert(
        Member(username: "margaret", phone: "+79000000004", displayName: "Margaret Hamilton")
      )
      return member
    }
    #expect(try await Member.find(member.id, in: db) == member)
  }

  @Test func `a refused row`() async throws {
    let phone = here.ada.phone
    var refused = false
    try await example("create-refused") {
      do {
        try await db.insert(Member(username: "other", phone: phone, displayName: "Other"))
      } catch let error as PostgresError where error.constraint == "members_phone_key" {
        refused = true
      }
    }
    await #expect(throws: PostgresError.self) {
      try await db.insert(Member(username: "x", phone: "8-900", displayName: "X"))
    }
    #expect(refused)
  }

  @Test func `rows that belong together`() async throws {
    let (author, wet) = (here.ada.id, here.wet)
    let post = try await example("create-together") {
      let post = try await db.transaction { tx in
        let post = try await tx.insert(Post(authorID: author, title: "Паруса"))
        try await tx.insert(PostTag(postID: post.id, tagID: wet.id))
        return post
      }
      return post
    }
    let (_, tags) = try await Post.query.including(Post.tags).find(post.id, in: db)
    #expect(tags == [wet])
  }

  @Test func `many rows`() async throws {
    let tags = (1...300).map { Tag(name: "tag \($0)", slug: "tag-\($0)") }
    let count = try await example("bulk-create") {
      let count = try await db.insert(contentsOf: tags)
      return count
    }
    #expect(count == 300)
  }

  @Test func `rows that may be there`() async throws {
    let follow = Follow(followerID: here.ada.id, followeeID: here.grace.id)
    let counts = try await example("insert-if-absent") {
      let isFirst = try await db.insertIfAbsent(follow)
      let added = try await db.insertIfAbsent(contentsOf: [Tag(name: "wet", slug: "wet")])
      return (isFirst, added)
    }
    #expect(counts == (true, 0))
  }

  @Test func `a vote, or another one`() async throws {
    let (member, post) = (here.ada.id, here.ships.id)
    try await db.insert(Vote(memberID: member, postID: post, kind: .downvote))
    let vote = try await example("upsert") {
      let vote = try await db.upsert(Vote(memberID: member, postID: post, kind: .upvote))
      return vote
    }
    #expect(vote.kind == .upvote)
    #expect(try await Vote.query.count(in: db) == 1)
  }

  @Test func `what came later wins`() async throws {
    var card = here.ada
    (card.displayName, card.version) = ("Ada King", 3)
    let stored = try await example("upsert-newer") {
      let stored = try await db.upsert(
        card,
        on: { $0.id },
        updating: {
          $0.displayName
          $0.version
        },
        where: "members.version < excluded.version"
      )
      return stored
    }
    (card.displayName, card.version) = ("Ada Late", 2)
    let late = try await db.upsert(
      card,
      on: { $0.id },
      updating: { $0.displayName },
      where: "members.version < excluded.version"
    )
    #expect(stored?.displayName == "Ada King")
    #expect(late == nil)
  }
}
