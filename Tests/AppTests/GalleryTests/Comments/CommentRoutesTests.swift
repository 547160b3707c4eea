import AccountsContract
import ArtelModel
import ArtelTesting
import ArtelWeb
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Commenting on a post")
struct CommentCreatingTests {
  @Test(arguments: Mode.allCases)
  func `shows the comment, announces it and tells whoever posted`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve(mode) { client in
      let json = #"{"text": " Чудо!\r\nWhere is it? "}"#
      let answer = try await client.send(.post, post.comments, as: Cast.grace, json: json)

      #expect(answer.status == .created)
      #expect(answer.json["text"] == .string("Чудо!\nWhere is it?"))
      #expect(answer.json["author"]["username"] == .string("grace"))
      #expect(answer.json["post_id"] == .string(post.id.description))
      #expect(answer.json["is_edited"] == .bool(false))
      let place = try #require(answer.headers[.location])
      #expect(try await client.send(.get, place).json == answer.json)
    }
    let comment = try #require(try await Comment.query.first(in: site.db))
    #expect(try await site.db.published(CommentCreated.self).map(\.comment) == [comment.facts])
    let notice = try #require(try await site.notices().first)
    #expect(notice.member == Cast.ada.id && notice.actor == Cast.grace.id)
    #expect(notice.facts["post"] == .text(post.id.description))
    #expect(notice.facts["comment"] == .text(comment.id.description))
  }

  @Test func `tells nobody of what they say themselves`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let json = #"{"text": "Mine"}"#
      #expect(
        try await client.send(.post, post.comments, as: Cast.ada, json: json).status == .created
      )
    }

    #expect(try await site.notices().isEmpty)
  }

  @Test(arguments: [
    ("{}", "text required"), (#"{"text": null}"#, "text required"),
    (#"{"text": "  "}"#, "text too_short"), (#"{"text": 5}"#, "text type"),
    (#"{"text": "\#(String(repeating: "a", count: 5001))"}"#, "text too_long"),
  ])
  func `needs words, and not too many`(json: String, error: String) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let answer = try await client.send(.post, post.comments, as: Cast.grace, json: json)

      #expect(answer.status == .unprocessableContent)
      #expect(answer.fieldErrors == [error])
    }
    #expect(try await Comment.query.count(in: site.db) == 0)
  }

  @Test func `takes five thousand characters`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let json = #"{"text": "\#(String(repeating: "ж", count: 5000))"}"#
      #expect(
        try await client.send(.post, post.comments, as: Cast.grace, json: json).status == .created
      )
    }
  }

  @Test(arguments: [(Cast.ada, Cast.grace), (Cast.grace, Cast.ada)])
  func `is not for those with a block between them`(by: CastMember, of: CastMember) async throws {
    let accounts = TestAccounts(blocks: [MemberBlock(by: by.id, of: of.id)])
    let site = try await TestGallery.make(accounts: accounts)
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let json = #"{"text": "Let me in"}"#
      let blocked = try await client.send(.post, post.comments, as: Cast.grace, json: json)
      let other = try await client.send(.post, post.comments, as: Cast.linus, json: json)

      #expect([blocked, other].map(\.status) == [.forbidden, .created])
    }
  }

  @Test func `is for members who see the post`() async throws {
    let site = try await TestGallery.make()
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)

    try await site.serve { client async throws in
      let json = #"{"text": "Hello"}"#
      let byGuest = try await client.send(.post, shown.comments, json: json)
      let unseen = try await client.send(.post, hidden.comments, as: Cast.linus, json: json)
      let own = try await client.send(.post, hidden.comments, as: Cast.ada, json: json)
      let nowhere = "/api/posts/01900000-0000-7000-8000-00000000ffff/comments"
      let missing = try await client.send(.post, nowhere, as: Cast.ada, json: json)

      #expect(
        [byGuest, unseen, own, missing].map(\.status)
          == [.unauthorized, .notFound, .created, .notFound]
      )
    }
  }

  @Test func `happens once, however often it is asked with one key`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      let name = try #require(HTTPField.Name("Idempotency-Key"))
      let key: HTTPFields = [name: "one-and-the-same"]
      let json = #"{"text": "Once"}"#
      let first = try await client.send(
        .post,
        post.comments,
        as: Cast.grace,
        json: json,
        headers: key
      )
      let second = try await client.send(
        .post,
        post.comments,
        as: Cast.grace,
        json: json,
        headers: key
      )

      #expect([first, second].map(\.status) == [.created, .created])
      #expect(first.json == second.json)
    }
    #expect(try await Comment.query.count(in: site.db) == 1)
    #expect(try await site.notices().count == 1)
  }

  @Test func `has a limit of rate`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)

    try await site.serve { client async throws in
      var statuses: [HTTPResponse.Status] = []
      for number in 0..<31 {
        let json = #"{"text": "\#(number)"}"#
        let answer = try await client.send(.post, post.comments, as: Cast.grace, json: json)
        statuses.append(answer.status)
      }

      #expect(statuses.dropLast().allSatisfy { $0 == .created })
      #expect(statuses.last == .tooManyRequests)
    }
  }
}

@Suite("Changing and deleting a comment")
struct CommentChangingTests {
  @Test func `changes the text and says so`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.grace)
    site.clock.advance(by: .seconds(1))

    try await site.serve { client async throws in
      let json = #"{"text": "Coffee"}"#
      let answer = try await client.send(.patch, comment.path, as: Cast.grace, json: json)
      let again = try await client.send(.patch, comment.path, as: Cast.grace, json: json)

      #expect(answer.status == .ok)
      #expect(answer.json["text"] == .string("Coffee"))
      #expect(answer.json["is_edited"] == .bool(true))
      #expect(again.json == answer.json)
    }
    let changed = try #require(try await Comment.query.first(in: site.db))
    #expect(try await site.db.published(CommentChanged.self).map(\.comment) == [changed.facts])
  }

  @Test func `is changed by its author alone`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)
    let comment = try await site.comment("Tea", on: post, by: Cast.grace)
    let unseen = try await site.comment("Tea", on: hidden, by: Cast.ada)

    try await site.serve { client async throws in
      let json = #"{"text": "Mine"}"#
      var statuses: [HTTPResponse.Status] = []
      for person in [Cast.ada, Cast.linus, Cast.margaret] {
        statuses.append(
          try await client.send(.patch, comment.path, as: person, json: json).status
        )
      }
      #expect(statuses == [.forbidden, .forbidden, .forbidden])
      #expect(try await client.send(.patch, comment.path, json: json).status == .unauthorized)
      let other = try await client.send(.patch, unseen.path, as: Cast.linus, json: json)
      #expect(other.status == .notFound)
    }
    #expect(try await Comment.where { $0.text == "Tea" }.count(in: site.db) == 2)
  }

  @Test(arguments: [
    (Cast.grace, 204), (Cast.ada, 204), (Cast.margaret, 204), (Cast.linus, 403),
  ])
  func `is deleted by its author, whoever posted and moderators`(
    person: CastMember,
    status: Int
  ) async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.grace)

    try await site.serve { client async throws in
      let answer = try await client.send(.delete, comment.path, as: person)
      #expect(answer.status.code == status)
    }
    let deleted = try await site.db.published(CommentDeleted.self)
    #expect(deleted.map(\.comment) == (status == 204 ? [comment.id] : []))
    #expect(try await Comment.query.count(in: site.db) == (status == 204 ? 0 : 1))
  }

  @Test func `ends once, although many delete it at a time`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let comment = try await site.comment("Tea", on: post, by: Cast.grace)

    let ends = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          (try? await site.gallery.delete(comment.id, by: Cast.grace.id)) != nil
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }

    #expect(ends == 1)
    #expect(try await site.db.published(CommentDeleted.self).count == 1)
  }

  @Test func `goes with its post`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    try await site.comment("Tea", on: post, by: Cast.grace)

    try await site.deleteForGood(post.id, by: Cast.ada)

    #expect(try await Comment.query.count(in: site.db) == 0)
  }
}

extension Post {
  /// Where its comments are.
  var comments: String { "/api/posts/\(id)/comments" }
}

extension Comment {
  /// Its address.
  var path: String { "/api/comments/\(id)" }
}

extension TestGallery {
  /// What members were to be told of.
  func notices() async throws -> [NoticeRequested<Gallery>] {
    try await db.published(NoticeRequested<Gallery>.self)
  }
}
