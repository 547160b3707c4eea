import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelTesting
import ArtelUploads
import Foundation
import GalleryContract
import HTTPTypes
import HummingbirdTesting
import Testing

@testable import Gallery

@Suite("Files and rows together")
struct PictureShelfTests {
  @Test(arguments: [("posts", "views"), ("pictures", "width"), ("thumbnails", "width")])
  func `no file stays when its row cannot be stored`(table: String, column: String) async throws {
    let site = try await TestGallery.make()
    try await site.db.write(
      SQL(raw: "alter table \(table) add constraint \(table)_nothing check (\(column) < 0)")
    )

    try await site.serve { client in
      let answer = try await client.publish(Upload().file(try await Sample.jpeg.value))
      #expect(answer.status == .internalServerError)
    }
    try await site.expectNothingLeft()
  }

  @Test func `a file of another post outlives a failure`() async throws {
    let site = try await TestGallery.make()
    let picture = try await Sample.jpeg.value
    let post = try await site.published(picture, by: Cast.ada)
    let files = site.files.stored
    try await site.db.write(
      "alter table posts add constraint posts_nothing check (views < 0) not valid"
    )

    await #expect(throws: PostgresError.self) {
      try await site.published(picture, by: Cast.grace)
    }

    #expect(site.files.stored == files)
    #expect(try await Post.query.all(in: site.db) == [post])
  }

  @Test func `the same picture twice at once becomes two posts with one set of files`()
    async throws
  {
    let site = try await TestGallery.make()
    let picture = try await Sample.jpeg.value

    async let first = site.published(picture, by: Cast.ada)
    async let second = site.published(picture, by: Cast.grace)
    let posts = try await [first, second]

    let digests = try await [site.picture(of: posts[0]).digest, site.picture(of: posts[1]).digest]
    #expect(digests[0] == digests[1])
    #expect(site.files.stored.count == 2)
    try await site.deleteForGood(posts[0].id, by: Cast.ada)
    #expect(site.files.stored.count == 2)
    try await site.deleteForGood(posts[1].id, by: Cast.grace)
    try await site.expectNothingLeft()
  }

  @Test func `publishing a picture while its other post is deleted never loses it`() async throws {
    let site = try await TestGallery.make()
    let picture = Sample.gif()
    var last = try await site.published(picture, by: Cast.ada)

    for _ in 0..<12 {
      let old = last.id
      async let deletion: Void = site.deleteForGood(old, by: Cast.ada)
      async let publication = site.published(picture, by: Cast.ada)
      (last, _) = try await (publication, deletion)

      let file = try await site.file(of: last)
      #expect(site.files.stored.contains(file))
      #expect(site.files.stored.count == 2)
    }
    try await site.deleteForGood(last.id, by: Cast.ada)
    try await site.expectNothingLeft()
  }

  @Test func `no file is removed between storing it and committing its post`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    let files = site.files.stored
    let picture = try await site.picture(of: post)
    let file = try await site.file(of: post)

    let deletion = try await site.db.database.transaction { tx in
      try await site.gallery.pictures.holdFiles(in: tx)
      let deletion = Task { try await site.deleteForGood(post.id, by: Cast.ada) }
      try await tx.waitForSomebody(waitingFor: "advisory")
      try await tx.insert(post.again)
      try await tx.insert(picture.again(in: post.again))
      return deletion
    }
    try await deletion.value

    #expect(site.files.stored.contains(file))
    #expect(site.files.stored.isSubset(of: files))
    #expect(try await Post.query.all(in: site.db).map(\.id) == [post.again.id])
  }

  // Fails without the lock in BlobReferences.init(of:in:): the file of the new post is removed.
  @Test func `clearing up spares a file that another node is about to name`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Sample.gif(), by: Cast.ada)
    let picture = try await site.picture(of: post)
    let file = try await site.file(of: post)
    _ = try await Post.delete(post.id, in: site.db)
    let blobs = site.gallery.pictures.blobs

    // The file is an orphan by now, and the other node finds it there instead of storing it.
    let round = try await site.db.database.transaction { tx in
      try await site.gallery.pictures.holdFiles(in: tx)
      #expect(site.files.stored.contains(file))
      let round = Task {
        try await blobs.removeOrphans(
          by: [Gallery.blobReferences(in: site.db.database)],
          writtenBefore: .distantFuture,
          at: Date()
        )
      }
      try await tx.waitForSomebody(waitingFor: "advisory")
      try await tx.insert(post.again)
      try await tx.insert(picture.again(in: post.again))
      return round
    }
    let found = try await round.value

    #expect(found.orphans == 2)
    // The copies, which the new row does not name.
    #expect(found.removed == 1)
    #expect(site.files.stored == [file])
  }

  @Test func `clearing up removes what a kill left and keeps what posts need`() async throws {
    let site = try await TestGallery.make()
    let lost = try await site.published(Sample.gif(frames: 2), by: Cast.ada)
    let kept = try await site.published(Sample.gif(), by: Cast.ada)
    let file = try await site.file(of: lost)
    _ = try await Post.delete(lost.id, in: site.db)

    let round = try await site.gallery.pictures.blobs.removeOrphans(
      by: [Gallery.blobReferences(in: site.db.database)],
      writtenBefore: .distantFuture,
      at: Date()
    )

    #expect(round.removed > 0)
    #expect(!site.files.stored.contains(file))
    try await site.deleteForGood(kept.id, by: Cast.ada)
    try await site.expectNothingLeft()
  }

  @Test func `a publisher who goes away leaves a whole post or nothing`() async throws {
    let site = try await TestGallery.make()
    let picture = Sample.gif()

    let publishing = try await site.db.database.transaction { tx in
      _ = try await tx.write("lock table posts in exclusive mode")
      let publishing = Task { try await site.published(picture, by: Cast.ada) }
      // The publisher has stored its picture by the time it waits for the table.
      try await tx.waitForSomebody(waitingFor: "relation")
      publishing.cancel()
      return publishing
    }
    _ = await publishing.result

    let posts = try await Post.query.all(in: site.db)
    for post in posts {
      let file = try await site.file(of: post)
      #expect(site.files.stored.contains(file))
    }
    #expect(site.files.stored.count == 2 * posts.count)
    #expect(site.files.leftovers == [])
  }
}

extension Transaction {
  /// Returns once a statement of another session in this database waits for a lock of a kind.
  fileprivate func waitForSomebody(waitingFor kind: String) async throws {
    try await eventually("somebody waits for a lock of the kind \(kind)") { () async throws in
      let rows = try await read(
        """
        select exists (
          select from pg_locks join pg_database on pg_database.oid = pg_locks.database
          where not granted and locktype = \(kind) and datname = current_database())
        """
      )
      return try rows[0].decode(Bool.self, at: 0)
    }
  }
}

extension Post {
  /// Another post with a picture of its own.
  fileprivate var again: Post {
    Post(
      id: PostID(high: id.high, low: id.low ^ 1),
      authorID: authorID,
      visibilityToken: visibilityToken,
      createdAt: createdAt,
      updatedAt: updatedAt,
      coverID: PictureID(high: coverID.high, low: coverID.low ^ 1),
      pictureCount: 1
    )
  }
}

extension Picture {
  /// The same picture as the cover of another post.
  fileprivate func again(in post: Post) -> Picture {
    Picture(
      id: post.coverID,
      postID: post.id,
      position: 1,
      digest: digest,
      type: type,
      bytes: bytes,
      width: width,
      height: height
    )
  }
}

extension TestGallery {
  /// The name of the file of a post's cover.
  fileprivate func file(of post: Post) async throws -> String {
    Digest(bytes: try await picture(of: post).digest.bytes)?.hex ?? ""
  }
}
