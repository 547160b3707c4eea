import AccountsContract
import ArtelIdentifiers
import ArtelImports
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelTesting
import Foundation
import GalleryContract
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("Posts from another system")
struct ImportingPostsTests {
  @Test func `are as they were, and Search alone is told`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let tags = [
      TagToImport(id: .generate(), name: "Tea"), TagToImport(id: .generate(), name: " #TEA "),
    ]
    _ = try await site.gallery.importTags(tags)

    let source = old.post(title: "Two\ncups", views: 7, tags: tags.map(\.id))
    let tally = try await site.gallery.importPosts([source])

    let post = try #require(try await Post.query.first(in: site.db))
    #expect(tally.taken == 1 && tally.remarks.isEmpty)
    #expect(post.id.description == source.id.description)
    #expect(post.title == "Two cups" && post.views == 7 && post.authorID == Cast.ada.id)
    #expect(post.createdAt == source.createdAt && post.updatedAt == source.updatedAt)
    #expect(try await Post.tags(of: post.id, in: site.db).map(\.name) == ["Tea"])
    #expect(try await Tag.query.all(in: site.db).map(\.postCount) == [1])
    #expect(try await site.db.published(PostCreated.self).map(\.post.id) == [post.id])
    #expect(try await site.noticesAskedFor() == 0)
    let files =
      try await site.pictures(of: post).map(\.digest)
      + site.copies(of: post).map(\.digest)
    #expect(site.files.stored.count == Set(files).count)
    #expect(site.files.leftovers.isEmpty)
  }

  @Test func `are taken once, and what was deleted here does not come back`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let source = old.post()
    _ = try await site.gallery.importPosts([source, source])
    try await site.db.write("delete from posts")

    let again = try await site.gallery.importPosts([source])

    #expect(again.known == 1 && again.taken == 0)
    #expect(try await Post.unscoped.count(in: site.db) == 0)
  }

  @Test func `whose picture is none are refused, the others of the batch are not`() async throws {
    let site = try await TestGallery.make(limits: PictureLimits(pixels: 100_000))
    let old = try await OldHost(for: site)
    let text = try old.file("text.jpg", Array("no picture at all".utf8))
    let empty = try old.file("empty.png", [])
    let huge = try old.file("huge.jpg", try await Sample.photograph.value)

    let tally = try await site.gallery.importPosts(
      [text, empty, huge].map { old.post(path: $0) } + [old.post()]
    )

    #expect(tally.taken == 1)
    #expect(
      tally.remarks.map(\.reason).sorted()
        == ["picture_empty", "picture_too_many_pixels", "picture_unsupported_type"]
    )
    #expect(try await Post.query.count(in: site.db) == 1)
    #expect(site.files.leftovers.isEmpty)
  }

  @Test func `go beyond the room of their member, and count for it`() async throws {
    let site = try await TestGallery.make(memberQuotaBytes: 10)
    let old = try await OldHost(for: site)

    let tally = try await site.gallery.importPosts([old.post()])

    #expect(tally.taken == 1)
    #expect(try await MemberUsage.bytes(of: Cast.ada.id, in: site.db.database) > 10)
  }

  @Test func `with ugly words and times fit the columns`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let ugly = String(repeating: "👩‍👩‍👧", count: 2_000)

    let tally = try await site.gallery.importPosts([
      old.post(title: ugly, description: ugly, views: -5, createdAt: .distantFuture),
      old.post(title: "\u{202E}\u{7}שלום", createdAt: .distantPast),
    ])

    let posts = try await Post.query.newestFirst.all(in: site.db)
    #expect(posts.map(\.views) == [0, 0] && posts[1].title == "שלום")
    #expect(posts[0].createdAt == site.clock.now)
    #expect(
      Set(tally.remarks.map(\.reason)) == ["title_cut", "description_cut", "time_changed"]
    )
  }

  @Test func `of somebody who is gone are refused`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)

    let tally = try await site.gallery.importPosts([old.post(author: .generate())])

    #expect(tally.remarks.map(\.reason) == ["member_missing"])
    #expect(site.files.stored.isEmpty)
  }

  @Test func `take no more statements when they are many`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let posts = (0..<6).map { old.post(title: "\($0)") }

    let tally = try await expectStatements(atMost: 22, atLeast: 12) {
      try await site.gallery.importPosts(posts)
    }

    #expect(tally.taken == 6)
  }
}

@Suite("Comments, votes and albums from another system")
struct ImportingOpinionsTests {
  @Test func `comments come once, cut where they are too long`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let post = old.post()
    _ = try await site.gallery.importPosts([post])
    let comments = [
      old.comment("Good", on: post.id), old.comment(" \n ", on: post.id),
      old.comment(String(repeating: "long ", count: 2_000), on: post.id),
      old.comment("lost", on: .generate()), old.comment("ghost", on: post.id, by: .generate()),
    ]

    let tally = try await site.gallery.importComments(comments)
    let again = try await site.gallery.importComments(comments)

    #expect(tally.taken == 2 && again.taken == 0 && again.known == 2)
    #expect(
      tally.remarks.map(\.reason).sorted()
        == ["member_missing", "post_missing", "text_cut", "text_empty"]
    )
    #expect(try await Comment.query.count(in: site.db) == 2)
    #expect(try await site.db.published(CommentCreated.self).count == 2)
    #expect(try await site.noticesAskedFor() == 0)
  }

  /// Fails without `votes.updated_at < excluded.updated_at`: an older vote won.
  @Test(arguments: [1, 2, 10])
  func `of several votes the latest counts, in parts of any size`(size: Int) async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let post = old.post()
    let comment = old.comment("Good", on: post.id)
    _ = try await site.gallery.importPosts([post])
    _ = try await site.gallery.importComments([comment])
    let votes = [
      old.vote(true, by: Cast.ada, post: post.id, second: 1),
      old.vote(false, by: Cast.ada, post: post.id, second: 3),
      old.vote(true, by: Cast.ada, post: post.id, second: 2),
      old.vote(true, by: Cast.grace, post: post.id, second: 5),
      old.vote(true, by: Cast.grace, post: post.id, second: 5),
      old.vote(true, by: Cast.grace, comment: comment.id, second: 1),
      old.vote(true, by: Cast.grace, post: post.id, comment: comment.id, second: 9),
      old.vote(true, by: Cast.grace, second: 9),
      old.vote(true, by: Cast.grace, post: .generate(), second: 9),
    ]

    for _ in 0..<2 {
      for start in stride(from: 0, to: votes.count, by: size) {
        _ = try await site.gallery.importVotes(Array(votes[start..<min(start + size, votes.count)]))
      }
    }

    let row = try #require(try await Post.query.first(in: site.db))
    #expect(row.upvotes == 1 && row.downvotes == 1)
    #expect(try await Comment.query.first(in: site.db)?.upvotes == 1)
    #expect(try await Vote.query.count(in: site.db) == 3)
    #expect(try await site.noticesAskedFor() == 0)
    let exact = try await site.gallery.tally(of: .post(row.id), for: Cast.ada.id)
    #expect(exact == Tally(upvotes: 1, downvotes: 1, vote: .downvote))
  }

  @Test func `a vote that was taken back here does not come back`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let post = old.post()
    _ = try await site.gallery.importPosts([post])
    let votes = [
      old.vote(true, by: Cast.ada, post: post.id, second: 1),
      old.vote(true, by: Cast.ada, post: post.id, second: 2),
    ]
    _ = try await site.gallery.importVotes(votes)
    let row = try #require(try await Post.query.first(in: site.db))
    try await site.gallery.takeBackVote(on: .post(row.id), by: Cast.ada.id)

    _ = try await site.gallery.importVotes(votes)

    #expect(try await Vote.query.count(in: site.db) == 0)
    #expect(try await site.gallery.tally(of: .post(row.id), for: nil) == Tally())
  }

  @Test func `a thousand votes take as many statements as one`() async throws {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let post = old.post()
    _ = try await site.gallery.importPosts([post])
    let votes = (0..<1_000).map {
      old.vote($0.isMultiple(of: 2), by: Cast.all[$0 % 4], post: post.id, second: $0)
    }

    let tally = try await expectStatements(atMost: 16, atLeast: 8) {
      try await site.gallery.importVotes(votes)
    }

    #expect(tally.taken == 4)
  }

  @Test func `albums keep their order and cover, and hold posts of their owner alone`() async throws
  {
    let site = try await TestGallery.make()
    let old = try await OldHost(for: site)
    let posts = [old.post(), old.post(), old.post(), old.post(author: Cast.grace.id)]
    _ = try await site.gallery.importPosts(posts)
    let album = old.album("Cups")
    _ = try await site.gallery.importAlbums([album, old.album(" ")])
    let places = [2, 0, 3, 1, 0].enumerated().map { index, post in
      AlbumPostToImport(
        id: ForeignID(high: 9, low: UInt64(index)),
        album: album.id,
        post: posts[post].id,
        isCover: post == 0
      )
    }

    let tally = try await site.gallery.importAlbumPosts(places)
    let again = try await site.gallery.importAlbumPosts(places)

    let rows = try await AlbumPost.query.inOrder.all(in: site.db)
    #expect(tally.taken == 3 && again.taken == 0)
    #expect(tally.remarks.map(\.reason).sorted() == ["double", "not_own"])
    #expect(
      rows.map(\.postID.description) == [2, 0, 1].map { posts[$0].id.description }
    )
    #expect(rows.map(\.isCover) == [false, true, false])
    #expect(try await Album.query.count(in: site.db) == 2)
  }
}

/// Things of an old host, whose pictures are in a folder of the test.
private struct OldHost {
  let site: TestGallery
  let picture: String

  init(for site: TestGallery) async throws {
    self.site = site
    try FileManager.default.createDirectory(
      atPath: site.files.folder,
      withIntermediateDirectories: true
    )
    picture = "\(site.files.folder)/old.jpg"
    try Data(try await Sample.jpeg.value).write(to: URL(filePath: picture))
  }

  func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = "\(site.files.folder)/\(name)"
    try Data(bytes).write(to: URL(filePath: path))
    return path
  }

  func post(
    path: String? = nil,
    author: MemberID = Cast.ada.id,
    title: String = "Tea",
    description: String = "",
    views: Int = 0,
    tags: [ForeignID] = [],
    createdAt: Date = Date(timeIntervalSince1970: 1_600_000_000)
  ) -> PostToImport {
    PostToImport(
      id: .generate(),
      author: author,
      path: path ?? picture,
      title: title,
      description: description,
      views: views,
      isPublic: true,
      tags: tags,
      createdAt: createdAt,
      updatedAt: Date(timeIntervalSince1970: 1_600_000_100)
    )
  }

  func comment(
    _ text: String,
    on post: ForeignID,
    by author: MemberID = Cast.grace.id
  ) -> CommentToImport {
    CommentToImport(
      id: .generate(),
      post: post,
      author: author,
      text: text,
      createdAt: Date(timeIntervalSince1970: 1_600_000_000),
      updatedAt: nil
    )
  }

  func vote(
    _ isUpvote: Bool,
    by person: CastMember,
    post: ForeignID? = nil,
    comment: ForeignID? = nil,
    second: Int
  ) -> VoteToImport {
    let cast = Date(timeIntervalSince1970: 1_600_000_000 + Double(second))
    return VoteToImport(
      id: .generate(),
      member: person.id,
      post: post,
      comment: comment,
      isUpvote: isUpvote,
      createdAt: cast,
      updatedAt: cast
    )
  }

  func album(_ name: String) -> AlbumToImport {
    AlbumToImport(
      id: .generate(),
      owner: Cast.ada.id,
      name: name,
      description: "",
      isPublic: true,
      createdAt: nil,
      updatedAt: nil
    )
  }
}

extension TestGallery {
  /// How many notices the bell was asked for.
  fileprivate func noticesAskedFor() async throws -> Int {
    try await db.read(
      "select count(*) from events.outbox_entries where name like '%notice%'"
    )[0].decode(at: 0)
  }
}
