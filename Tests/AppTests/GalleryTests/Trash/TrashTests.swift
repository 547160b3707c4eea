import AccountsContract
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelSearch
import ArtelTesting
import ArtelWeb
import Foundation
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("The trash")
struct TrashTests {
  // Fails without the default scope: the post is still in lists. Fails without `list(false)`: the tag has it.
  @Test(arguments: Mode.allCases)
  func `hides a post from everybody, everywhere, its author too`(mode: Mode) async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada, tags: ["Ice"])
    let comment = try await site.comment("Words", on: post, by: Cast.grace)
    try await site.follow(Cast.grace, Cast.ada)

    try await site.serve(mode) { client in
      let path = "/api/posts/\(post.id)"
      let paths = [
        path, "\(path)/comments", "/api/comments/\(comment.id)", "/posts/\(post.id)",
        "/tags/ice", post.imageURL, post.thumbnailURL,
      ]
      for path in paths {
        #expect(try await client.send(.get, path, as: Cast.grace).status != .notFound)
      }
      #expect(try await client.send(.delete, path, as: Cast.ada).status == .noContent)

      for viewer in [nil, Cast.ada, Cast.grace] {
        for path in paths where viewer != Cast.ada || !path.hasPrefix("/pictures") {
          let headers: HTTPFields = path.hasPrefix("/api") ? [:] : [.accept: "text/html"]
          let answer = try await client.send(.get, path, as: viewer, headers: headers)
          #expect(answer.status == .notFound, "\(path)")
        }
        for list in ["", "&order=top", "&order=hot", "&author=ada", "&tag=ice"] {
          let answer = try await client.send(.get, "/api/posts?limit=9\(list)", as: viewer)
          #expect(answer.json["items"].list.isEmpty, "\(list)")
        }
      }
      let home = try await client.send(.get, "/api/posts?feed=home", as: Cast.grace)
      #expect(home.json["items"].list.isEmpty)
      let json = #"{"title": "New"}"#
      #expect(try await client.send(.patch, path, as: Cast.ada, json: json).status == .notFound)
      let vote = #"{"type": "upvote"}"#
      for target in [path, "/api/comments/\(comment.id)"] {
        let answer = try await client.send(.put, "\(target)/vote", as: Cast.grace, json: vote)
        #expect(answer.status == .notFound)
      }
    }
    #expect(try await site.counts() == ["Ice": 0])
  }

  @Test func `shows it to its author alone, with its picture`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    try await site.gallery.delete(post.id, by: Cast.ada.id)

    try await site.serve { client in
      let list = try await client.send(.get, "/api/trash", as: Cast.ada)
      let picture = try await client.send(.get, post.thumbnailURL, as: Cast.ada)
      let page = try await TestBrowser(client, as: Cast.ada).get("/trash")

      #expect(list.json["items"].list.map { $0["id"].text } == [post.id.description])
      #expect(list.json["items"].list.map { $0["is_taken_down"] } == [.bool(false)])
      #expect(picture.status == .ok)
      #expect(picture.headers[.cacheControl] == "no-store")
      #expect(page.text.contains("/trash/\(post.id)/restore"))
      #expect(try await client.send(.get, post.thumbnailURL, as: Cast.grace).status == .notFound)
      #expect(try await client.send(.get, post.thumbnailURL).status == .notFound)
      let other = try await client.send(.get, "/api/trash", as: Cast.grace)
      #expect(other.json["items"].list.isEmpty)
      #expect(try await client.send(.get, "/api/trash").status == .unauthorized)
    }
  }

  @Test func `has what came last first, page by page`() async throws {
    let site = try await TestGallery.make()
    var posts: [Post] = []
    for title in ["1", "2", "3"] { posts.append(try await site.post(by: Cast.ada, title: title)) }
    for post in [posts[1], posts[2], posts[0]] {
      site.clock.advance(by: .seconds(1))
      try await site.gallery.delete(post.id, by: Cast.ada.id)
    }

    try await site.serve { client in
      let first = try await expectStatements(atMost: 2, atLeast: 2) {
        try await client.send(.get, "/api/trash?limit=2", as: Cast.ada)
      }
      let next = first.json["next"].text ?? ""
      let second = try await client.send(.get, "/api/trash?limit=2&after=\(next)", as: Cast.ada)

      #expect(first.json["items"].list.map { $0["title"].text } == ["1", "3"])
      #expect(second.json["items"].list.map { $0["title"].text } == ["2"])
      for query in ["limit=0", "limit=101", "after=x", "limit=a"] {
        let answer = try await client.send(.get, "/api/trash?\(query)", as: Cast.ada)
        #expect(answer.status == .unprocessableContent)
      }
    }
  }

  // Fails without `list(true)`: the tag counts none.
  @Test func `gives a post back exactly as it was`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada, tags: ["Ice"])
    let comment = try await site.comment("Words", on: post, by: Cast.grace)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.cast(.upvote, on: .comment(comment.id), by: Cast.linus.id)

    try await site.serve { client in
      let path = "/api/posts/\(post.id)"
      let before = try await client.send(.get, path, as: Cast.grace)
      let comments = try await client.send(.get, "\(path)/comments", as: Cast.grace)
      site.clock.advance(by: .seconds(60))
      _ = try await client.send(.delete, path, as: Cast.ada)
      try await site.gallery.foldVotes()
      let restoration = "/api/trash/\(post.id)/restoration"
      let answer = try await client.send(.post, restoration, as: Cast.ada)

      #expect(answer.status == .ok)
      let after = try await client.send(.get, path, as: Cast.grace)
      #expect(after.json == before.json)
      #expect(after.headers[.eTag] == before.headers[.eTag])
      #expect(try await client.send(.get, "\(path)/comments", as: Cast.grace).json == comments.json)
      #expect(try await client.send(.get, post.imageURL).status == .ok)
      #expect(try await client.send(.post, restoration, as: Cast.ada).status == .notFound)
    }
    #expect(try await site.counts() == ["Ice": 1])
    #expect(try await site.counted() == ["Ice": 1])
  }

  @Test func `gives a private post back as a private one`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(
      try await Sample.jpeg.value,
      by: Cast.ada,
      visibility: .private,
      tags: ["Ice"]
    )
    try await site.gallery.delete(post.id, by: Cast.ada.id)
    try await site.gallery.restore(post.id, by: Cast.ada.id, isModerator: false)

    #expect(try await site.counts() == ["Ice": 0])
    #expect(try await site.stored(post.id).visibility == .private)
    #expect(try await PostTag.query.all(in: site.db).map(\.isListed) == [false])
  }

  // Fails with `trashedAt` left out of the event: what is restored is never found again.
  @Test func `versions of what is found grow, whatever the clock says`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    for _ in 1...2 {
      try await site.gallery.delete(post.id, by: Cast.ada.id)
      try await site.gallery.restore(post.id, by: Cast.ada.id, isModerator: false)
    }

    let created = try await site.db.published(PostCreated.self).map(\.post.searchDocument.version)
    let gone = try await site.db.published(PostDeleted.self).compactMap(\.trashedAt)
      .map(PostFacts.searchVersion)
    let back = try await site.db.published(PostChanged.self).map(\.post.searchDocument.version)
    #expect(gone.count == 2 && back.count == 2)
    let order = created + zip(gone, back).flatMap { [$0, $1] }
    #expect(order == order.sorted() && Set(order).count == 5)
    let rebuilt = try await PostDocuments(db: site.db.database)
      .searchDocuments(after: nil, limit: 9)
    #expect(rebuilt.map(\.version) == [back[1]])
  }

  @Test func `is not opened by others`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    let kept = try await site.post(by: Cast.ada)
    try await site.gallery.delete(post.id, by: Cast.ada.id)

    try await site.serve { client in
      for id in [post.id, kept.id] {
        let path = "/api/trash/\(id)"
        let byLinus = [
          try await client.send(.delete, path, as: Cast.linus).status,
          try await client.send(.post, "\(path)/restoration", as: Cast.linus).status,
        ]
        let byModerator = try await client.send(.post, "\(path)/restoration", as: Cast.margaret)
        #expect(byLinus == [.notFound, .notFound])
        #expect(byModerator.status == .notFound)
        #expect(try await client.send(.delete, path).status == .unauthorized)
      }
      // What is not in the trash is not deleted from it.
      let own = try await client.send(.delete, "/api/trash/\(kept.id)", as: Cast.ada)
      #expect(own.status == .notFound)
      #expect(try await client.send(.delete, "/api/trash/x", as: Cast.ada).status == .notFound)
    }
  }

  @Test func `leads there after deleting, and back again, without JavaScript`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.ada)
      let path = "/posts/\(post.id)"
      let deleted = try await browser.submit(from: path, to: "\(path)/delete")
      let trash = try await browser.get("/trash")
      #expect(deleted.headers[.location] == "/trash")
      #expect(trash.text.contains("Tea") && trash.text.contains("30 days"))

      let back = try await browser.submit(from: "/trash", to: "/trash/\(post.id)/restore")
      #expect(back.headers[.location] == path)
      #expect(try await browser.get(path).status == .ok)

      _ = try await browser.submit(from: path, to: "\(path)/delete")
      let erased = try await browser.submit(from: "/trash", to: "/trash/\(post.id)/erase")
      #expect(erased.headers[.location] == "/trash")
      #expect(try await browser.get("/trash").text.contains("nothing in the trash"))
    }
  }

  // Fails without the condition in `Vote.folding`: the author is told of a post that is gone.
  @Test func `a late vote tells nobody of what is in the trash`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await site.gallery.cast(.upvote, on: .post(post.id), by: Cast.grace.id)
    try await site.gallery.delete(post.id, by: Cast.ada.id)

    try await site.gallery.foldVotes()

    #expect(try await site.db.published(NoticeRequested<Gallery>.self).isEmpty)
  }

  @Test func `its pages are the start of an index`() async throws {
    let site = try await TestGallery.make()
    try await Member.meet(Cast.ada.id, through: site.accounts, in: site.db)
    try await site.db.write(
      """
      with fresh as (
        insert into posts (id, author_id, cover_id, picture_count,
                           visibility_token, state, moved_at)
        select gen_random_uuid(), \(Cast.ada.id), gen_random_uuid(), 1,
          'a-token-' || n, case when n % 2 = 0 then 'kept' else 'trashed' end::post_state,
          '2026-01-01'::timestamptz + n * interval '1 s'
        from generate_series(1, 20000) as n
        returning id, cover_id, visibility_token
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, sha256(visibility_token::bytea), 'jpeg', 1000, 100, 100 from fresh
      """
    )
    try await site.db.write("vacuum analyze posts")
    let trash = Post.unscoped.inTrash.written(by: Cast.ada.id).latestMovedFirst

    let plan = try await QueryPlan(of: try trash.sql(pageOf: 20), in: site.db, running: true)

    #expect(plan.indexes == ["posts_trash_author_id_moved_at_id_idx"])
    #expect(!plan.isSorting && (1...60).contains(plan.pages))
  }
}

@Suite("Emptying the trash")
struct EmptyingTrashTests {
  @Test func `what is deleted for good goes with its files, room and event`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    try await site.gallery.delete(post.id, by: Cast.ada.id)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) > 0)
    #expect(!site.files.stored.isEmpty)

    try await site.serve { client async throws in
      let path = "/api/trash/\(post.id)"
      #expect(try await client.send(.delete, path, as: Cast.ada).status == .noContent)
      #expect(try await client.send(.delete, path, as: Cast.ada).status == .notFound)
      #expect(try await client.send(.get, post.thumbnailURL, as: Cast.ada).status == .notFound)
    }
    try await site.work()

    try await site.expectNothingLeft()
    #expect(try await Post.unscoped.count(in: site.db) == 0)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db) == 0)
    let events = try await site.db.published(PostDeleted.self)
    #expect(events.map(\.post) == [post.id, post.id])
    #expect(events.map { $0.trashedAt == nil } == [false, true])
  }

  @Test func `what is older than 30 days goes, and nothing younger`() async throws {
    let site = try await TestGallery.make()
    let (old, young) = (try await site.post(by: Cast.ada), try await site.post(by: Cast.ada))
    try await site.gallery.delete(old.id, by: Cast.ada.id)
    site.clock.advance(by: .seconds(1))
    try await site.gallery.delete(young.id, by: Cast.ada.id)
    site.clock.advance(by: .seconds(30 * 86_400 - 1))

    try await EmptyTrash().run(in: site.gallery)
    try await EmptyTrash().run(in: site.gallery)

    #expect(try await Post.unscoped.all(in: site.db).map(\.id) == [young.id])
    #expect(try await site.db.published(PostDeleted.self).count == 3)
  }

  // Fails without `forgetOpinions`: one statement deletes all of it.
  @Test func `takes what members said and think in small parts, and nobody else's`() async throws {
    let site = try await TestGallery.make()
    let (post, other) = (try await site.post(by: Cast.ada), try await site.post(by: Cast.ada))
    for place in [post, other] {
      for number in 1...5 {
        let comment = try await site.comment("\(number)", on: place, by: Cast.grace)
        for person in Cast.all {
          try await site.gallery.cast(.upvote, on: .comment(comment.id), by: person.id)
        }
      }
      for person in Cast.all {
        try await site.gallery.cast(.upvote, on: .post(place.id), by: person.id)
      }
    }
    // Whoever deletes more than three rows at a time is refused.
    for table in ["votes", "comments"] {
      try await site.db.write(
        SQL(
          raw: """
            create function refuse_\(table)() returns trigger language plpgsql as $$
              begin
                if (select count(*) from gone) > 3 then raise 'too many of \(table)'; end if;
                return null;
              end $$
            """
        )
      )
      try await site.db.write(
        SQL(
          raw: """
            create trigger refuse after delete on \(table) referencing old table as gone
            for each statement execute function refuse_\(table)()
            """
        )
      )
    }
    try await site.gallery.delete(post.id, by: Cast.ada.id)
    try await site.gallery.erase(post.id, by: Cast.ada.id)

    try await EmptyTrash().run(in: site.gallery, batch: 3)

    #expect(try await Post.unscoped.all(in: site.db).map(\.id) == [other.id])
    #expect(try await Comment.query.count(in: site.db) == 5)
    #expect(try await Vote.query.count(in: site.db) == 24)
  }

  @Test func `goes on where it was broken off`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada)
    try await site.comment("Words", on: post, by: Cast.grace)
    try await site.gallery.delete(post.id, by: Cast.ada.id)
    try await site.gallery.erase(post.id, by: Cast.ada.id)
    try await site.gallery.forgetOpinions(of: [post.id])

    #expect(try await site.gallery.trash(of: Cast.ada.id, PageRequest()).items.isEmpty)
    await #expect(throws: RowNotFound.self) {
      try await site.gallery.restore(post.id, by: Cast.ada.id, isModerator: false)
    }
    try await EmptyTrash().run(in: site.gallery)

    #expect(try await Post.unscoped.count(in: site.db) == 0)
  }

  @Test func `a departed member's trash goes with them, and an archive has it`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(try await Sample.jpeg.value, by: Cast.ada)
    try await site.gallery.delete(post.id, by: Cast.ada.id)
    #expect(try await site.gallery.archiveFileCount(of: Cast.ada.id) == 1)

    try await site.db.database.transaction { tx in
      try await Member.depart(Cast.ada.id, version: 2, at: site.clock.now, in: tx)
      try await tx.enqueue(ForgetMember(member: Cast.ada.id))
    }
    try await site.work()

    #expect(try await Post.unscoped.count(in: site.db) == 0)
    #expect(site.files.stored == [])
    let ada = try await Member.find(Cast.ada.id, in: site.db)
    #expect(ada.username == "")
  }
}

@Suite("Taking down")
struct TakingDownTests {
  // Fails with `isRestorable` saying yes to the author.
  @Test func `a moderator takes down a post, and its author is told and cannot undo it`()
    async throws
  {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.ada, title: "Tea")

    try await site.serve { client in
      let browser = TestBrowser(client, as: Cast.margaret)
      let path = "/posts/\(post.id)"
      let answer = try await browser.submit(
        ["reason": "Not yours"],
        from: path,
        to: "\(path)/delete"
      )
      #expect(answer.headers[.location] == "/")
      #expect(try await client.send(.get, "/api\(path)", as: Cast.ada).status == .notFound)
      let trash = try await client.send(.get, "/api/trash", as: Cast.ada)
      #expect(trash.json["items"].list.map { $0["is_taken_down"] } == [.bool(true)])
      let page = try await TestBrowser(client, as: Cast.ada).get("/trash")
      #expect(page.text.contains("Taken down by a moderator"))
      #expect(!page.text.contains("/restore"))

      let restoration = "/api/trash/\(post.id)/restoration"
      #expect(try await client.send(.post, restoration, as: Cast.ada).status == .forbidden)
      #expect(try await client.send(.post, restoration, as: Cast.grace).status == .notFound)
      #expect(try await client.send(.post, restoration, as: Cast.margaret).status == .ok)
      #expect(try await client.send(.get, "/api\(path)").status == .ok)
    }
    let notices = try await site.db.published(NoticeRequested<Gallery>.self)
    #expect(notices.map(\.kind) == ["post.taken_down", "post.restored"])
    #expect(notices.map(\.member) == [Cast.ada.id, Cast.ada.id])
    #expect(notices[0].facts["reason"] == .text("Not yours"))
    let acts = try await site.db.published(ActReported<Gallery>.self)
    #expect(acts.map(\.act) == ["post.taken_down", "post.restored"])
    #expect(acts.map(\.actor) == [Cast.margaret.id, Cast.margaret.id])
    #expect(acts[0].details == ["post": post.id.description, "reason": "Not yours"])
  }

  @Test func `members delete what is theirs, and moderators theirs like everybody`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.post(by: Cast.margaret)
    let shown = try await site.post(by: Cast.ada)
    let hidden = try await site.post(by: Cast.ada, visibility: .private)

    try await site.serve { client in
      _ = try await client.send(.delete, "/api/posts/\(post.id)", as: Cast.margaret)
      let path = "/api/posts/\(shown.id)"
      #expect(try await client.send(.delete, path, as: Cast.grace).status == .forbidden)
      let unseen = try await client.send(.delete, "/api/posts/\(hidden.id)", as: Cast.margaret)
      #expect(unseen.status == .notFound)
      let page = try await TestBrowser(client, as: Cast.margaret).submit(
        ["reason": String(repeating: "a", count: 301)],
        from: "/posts/\(shown.id)",
        to: "/posts/\(shown.id)/delete"
      )
      #expect(page.status == .unprocessableContent)
    }
    #expect(try await Post.unscoped.find(post.id, in: site.db).state == .trashed)
    #expect(try await site.stored(shown.id).state == .kept)
    #expect(try await site.db.published(ActReported<Gallery>.self).isEmpty)
  }
}

extension TestGallery {
  /// Puts a post into the trash and deletes it for good.
  func deleteForGood(_ post: PostID, by author: CastMember) async throws {
    try await gallery.delete(post, by: author.id)
    try await gallery.erase(post, by: author.id)
    try await EmptyTrash().run(in: gallery)
  }

  /// Does the jobs of Gallery that are due; returns how many attempts it made.
  @discardableResult
  func work() async throws -> Int {
    try await JobRunner(
      db: db.database,
      handlers: gallery.jobHandlers,
      logger: Workbench.logger
    ).drain()
  }
}
