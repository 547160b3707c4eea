import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import GalleryContract
import Testing

@testable import Gallery
@testable import struct Gallery.Comment

@Suite("A crowd", .timeLimit(.minutes(10)))
struct CrowdTests {
  @Test func `did as much as was asked for, and every copy and counter is exact`() async throws {
    let site = try await TestGallery.make()
    let shape = try await site.shape()

    try await site.makeCrowd(members: 60, posts: 1_000, votes: 6_000)

    #expect(try await site.wrongs() == [])
    #expect(try await Post.unscoped.count(in: site.db) == 1_000)
    #expect(try await Vote.query.count(in: site.db) == 6_000)
    #expect(try await site.shape() == shape)
  }

  @Test func `names stored pictures, and no others are left`() async throws {
    let site = try await TestGallery.make()

    try await site.makeCrowd(members: 20, posts: 50, votes: 100)

    let pictures = try await Picture.query.all(in: site.db).map(\.digest)
    let copies = try await Thumbnail.query.all(in: site.db).map(\.digest)
    let named = Set(
      (pictures + copies).map { $0.bytes.map { String(format: "%02x", $0) }.joined() }
    )
    #expect(!copies.isEmpty && site.files.stored == named)
    #expect(site.files.leftovers == [])
  }

  @Test func `is the same whenever it is made as of the same time`() async throws {
    var prints: Set<String> = []
    for _ in 1...2 {
      let site = try await TestGallery.make()
      try await site.makeCrowd(members: 20, posts: 50, votes: 100)
      prints.insert(
        try await site.db.write(
          "select md5(string_agg(votes::text, ';' order by id)) from votes"
        )[0].decode(at: 0)
      )
    }
    #expect(prints.count == 1)
  }

  @Test func `lives among others whose posts and tags stay as they are`() async throws {
    let site = try await TestGallery.make()
    let gif = Sample.gif()
    try await site.published(gif, by: Cast.ada, tags: ["Quiet River", "tea"])

    try await site.makeCrowd(members: 20, posts: 200, votes: 500)

    #expect(try await site.wrongs() == [])
    let tag = try #require(try await Tag.where { $0.slug == "quiet-river" }.first(in: site.db))
    #expect(tag.name == "Quiet River" && tag.postCount > 1)
    let own = try await Post.query.written(by: Cast.ada.id).count(in: site.db)
    #expect(own == 1)
  }

  @Test func `that is broken off leaves neither rows nor files`() async throws {
    struct BrokenOff: Error {}
    let site = try await TestGallery.make()
    let shape = try await site.shape()

    await #expect(throws: BrokenOff.self) {
      try await site.makeCrowd(members: 20, posts: 50, votes: 100) { _ in throw BrokenOff() }
    }

    try await site.expectNothingLeft()
    #expect(try await Member.query.count(in: site.db) == 0)
    #expect(try await site.shape() == shape)
  }

  @Test func `is told from others by its posts`() async throws {
    let site = try await TestGallery.make()
    try await site.post(by: Cast.ada)
    #expect(try await !site.gallery.hasPosts(of: TestGallery.crowd(of: 20)))

    try await site.makeCrowd(members: 20, posts: 50, votes: 100)

    #expect(try await site.gallery.hasPosts(of: TestGallery.crowd(of: 20)))
  }
}

extension TestGallery {
  /// The cards of a crowd; the first follows the next eight, each of whom follows the first.
  static func crowd(of count: Int) -> [MemberCard] {
    (1...count).map { number in
      MemberCard(
        id: MemberID(high: 0x0190_0000_0000_7001, low: 0x8000_0000_0000_0000 + UInt64(number)),
        username: "crowd\(number)",
        displayName: "Crowd \(number)",
        version: 1
      )
    }
  }

  /// Makes a crowd with a picture of one pixel and a large one.
  func makeCrowd(
    members: Int,
    posts: Int,
    votes: Int,
    follows: (@Sendable (MemberFollowed?) async throws -> [MemberFollowed])? = nil
  ) async throws {
    let crowd = TestGallery.crowd(of: members)
    let pairs = crowd[1...8].flatMap {
      [
        MemberFollowed(follower: crowd[0].id, following: $0.id),
        MemberFollowed(follower: $0.id, following: crowd[0].id),
      ]
    }
    let source = TestFiles()
    try FileManager.default.createDirectory(
      atPath: source.folder,
      withIntermediateDirectories: true
    )
    var paths: [String] = []
    for (number, picture) in [Sample.gif(), try await Sample.photograph.value].enumerated() {
      paths.append("\(source.folder)/\(number)")
      try Data(picture).write(to: URL(filePath: paths[number]))
    }
    try await gallery.makeCrowd(
      Gallery.CrowdSize(posts: posts, votes: votes),
      of: crowd,
      follows: follows ?? { $0 == nil ? pairs : [] },
      picturesAt: paths,
      at: clock.now,
      progress: { _ in }
    )
  }

  /// The indexes and constraints of all tables.
  fileprivate func shape() async throws -> [String] {
    try await db.write(
      """
      select indexdef from pg_indexes where schemaname = 'public'
      union all
      select conrelid::regclass || conname || pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace
      order by 1
      """
    ).map { try $0.decode(at: 0) }
  }

  /// What is not as counting anew has it, in words.
  fileprivate func wrongs() async throws -> [String] {
    try await db.write(
      """
      select 'votes on posts' from posts where (upvotes, downvotes) <> (
        select count(*) filter (where type = 'upvote'), count(*) filter (where type = 'downvote')
        from votes where post_id = posts.id)
      union all
      select 'votes on comments' from comments where (upvotes, downvotes) <> (
        select count(*) filter (where type = 'upvote'), count(*) filter (where type = 'downvote')
        from votes where comment_id = comments.id)
      union all
      select 'posts of tags' from tags where post_count <> (
        select count(*) from post_tags where tag_id = tags.id and is_listed)
      union all
      select 'listed' from post_tags join posts on posts.id = post_id
      where is_listed <> (visibility = 'public' and state = 'kept') or post_tags.created_at <> posts.created_at
      union all
      select 'pictures' from posts where not exists (
          select from pictures where id = cover_id and post_id = posts.id and position = 1)
        or (picture_count, picture_count) <> (
          select count(*), max(position) from pictures where post_id = posts.id)
      union all
      select 'sent files' from posts where picture_count <> (
        select count(*) from sent_files where post_id = posts.id and author_id = posts.author_id)
      union all
      select 'used bytes' from members
      where coalesce((select used_bytes from member_usages where member_id = members.id), 0) <> (
        select coalesce(sum(bytes + coalesce(
          (select sum(bytes) from thumbnails where picture_id = pictures.id), 0)), 0)
        from pictures join posts on posts.id = post_id where author_id = members.id)
      union all
      select 'owners' from album_posts
      join albums on albums.id = album_id join posts on posts.id = post_id
      where owner_id <> author_id
      union all
      select 'cases' from moderation_cases where report_count <> (
        select count(*) from reports where resolved_at is null
          and (reports.post_id = moderation_cases.post_id
            or reports.comment_id = moderation_cases.comment_id))
      union all
      select 'reports' from reports where resolved_at is null and not exists (
        select from moderation_cases where reports.post_id = moderation_cases.post_id
          or reports.comment_id = moderation_cases.comment_id)
      union all
      select 'follows' where not exists (select from follows)
      union all
      select 'times' from posts where moved_at < created_at or created_at > \(clock.now)
      union all
      select 'deltas' from vote_deltas
      """
    ).map { try $0.decode(at: 0) }
  }
}
