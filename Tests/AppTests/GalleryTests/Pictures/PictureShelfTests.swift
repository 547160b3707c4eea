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
  @Test(arguments: ["posts", "thumbnails"])
  func `no file stays when its row cannot be stored`(table: String) async throws {
    let site = try await TestGallery.make()
    try await site.db.write(
      SQL(raw: "alter table \(table) add constraint \(table)_nothing check (width < 0)")
    )

    try await site.serve { client in
      let answer = try await client.publish(Upload().file(try await Picture.jpeg.value))
      #expect(answer.status == .internalServerError)
    }
    try await site.expectNothingLeft()
  }

  @Test func `a file of another post outlives a failure`() async throws {
    let site = try await TestGallery.make()
    let picture = try await Picture.jpeg.value
    let post = try await site.published(picture, by: Cast.ada)
    let files = site.files.stored
    try await site.db.write(
      "alter table posts add constraint posts_nothing check (width < 0) not valid"
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
    let picture = try await Picture.jpeg.value

    async let first = site.published(picture, by: Cast.ada)
    async let second = site.published(picture, by: Cast.grace)
    let posts = try await [first, second]

    #expect(posts[0].imageDigest == posts[1].imageDigest)
    #expect(site.files.stored.count == 2)
    try await site.deleteForGood(posts[0].id, by: Cast.ada)
    #expect(site.files.stored.count == 2)
    try await site.deleteForGood(posts[1].id, by: Cast.grace)
    try await site.expectNothingLeft()
  }

  @Test func `publishing a picture while its other post is deleted never loses it`() async throws {
    let site = try await TestGallery.make()
    let picture = Picture.gif()
    var last = try await site.published(picture, by: Cast.ada)

    for _ in 0..<12 {
      let old = last.id
      async let deletion: Void = site.deleteForGood(old, by: Cast.ada)
      async let publication = site.published(picture, by: Cast.ada)
      (last, _) = try await (publication, deletion)

      #expect(site.files.stored.contains(last.imageFile))
      #expect(site.files.stored.count == 2)
    }
    try await site.deleteForGood(last.id, by: Cast.ada)
    try await site.expectNothingLeft()
  }

  @Test func `no file is removed between storing it and committing its post`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Picture.gif(), by: Cast.ada)
    let files = site.files.stored

    let deletion = try await site.db.database.transaction { tx in
      try await site.gallery.pictures.holdFiles(in: tx)
      let deletion = Task { try await site.deleteForGood(post.id, by: Cast.ada) }
      try await tx.waitForSomebody(waitingFor: "advisory")
      try await tx.insert(post.again)
      return deletion
    }
    try await deletion.value

    #expect(site.files.stored.contains(post.imageFile))
    #expect(site.files.stored.isSubset(of: files))
    #expect(try await Post.query.all(in: site.db).map(\.id) == [post.again.id])
  }

  // Fails without the lock in BlobReferences.init(of:in:): the file of the new post is removed.
  @Test func `clearing up spares a file that another node is about to name`() async throws {
    let site = try await TestGallery.make()
    let post = try await site.published(Picture.gif(), by: Cast.ada)
    _ = try await Post.delete(post.id, in: site.db)
    let blobs = site.gallery.pictures.blobs

    // The file is an orphan by now, and the other node finds it there instead of storing it.
    let round = try await site.db.database.transaction { tx in
      try await site.gallery.pictures.holdFiles(in: tx)
      #expect(site.files.stored.contains(post.imageFile))
      let round = Task {
        try await blobs.removeOrphans(
          by: [Gallery.blobReferences(in: site.db.database)],
          writtenBefore: .distantFuture,
          at: Date()
        )
      }
      try await tx.waitForSomebody(waitingFor: "advisory")
      try await tx.insert(post.again)
      return round
    }
    let found = try await round.value

    #expect(found.orphans == 2)
    // The copies, which the new row does not name.
    #expect(found.removed == 1)
    #expect(site.files.stored == [post.imageFile])
  }

  @Test func `clearing up removes what a kill left and keeps what posts need`() async throws {
    let site = try await TestGallery.make()
    let lost = try await site.published(Picture.gif(frames: 2), by: Cast.ada)
    let kept = try await site.published(Picture.gif(), by: Cast.ada)
    _ = try await Post.delete(lost.id, in: site.db)

    let round = try await site.gallery.pictures.blobs.removeOrphans(
      by: [Gallery.blobReferences(in: site.db.database)],
      writtenBefore: .distantFuture,
      at: Date()
    )

    #expect(round.removed > 0)
    #expect(!site.files.stored.contains(lost.imageFile))
    try await site.deleteForGood(kept.id, by: Cast.ada)
    try await site.expectNothingLeft()
  }

  @Test func `a publisher who goes away leaves a whole post or nothing`() async throws {
    let site = try await TestGallery.make()
    let picture = Picture.gif()
    let publishing = Task { try await site.published(picture, by: Cast.ada) }

    try await site.db.database.transaction { tx in
      _ = try await tx.write("lock table posts in exclusive mode")
      // The publisher has stored its picture by the time it waits for the table.
      try await tx.waitForSomebody(waitingFor: "relation")
      publishing.cancel()
    }
    _ = await publishing.result

    let posts = try await Post.query.all(in: site.db)
    #expect(Set(posts.map(\.imageFile)).isSubset(of: site.files.stored))
    #expect(site.files.stored.count == 2 * posts.count)
    #expect(site.files.leftovers == [])
  }
}

extension Transaction {
  /// Returns once a statement of another session in this database waits for a lock of a kind.
  fileprivate func waitForSomebody(waitingFor kind: String) async throws {
    for _ in 0..<20_000 {
      let rows = try await read(
        """
        select exists (
          select from pg_locks join pg_database on pg_database.oid = pg_locks.database
          where not granted and locktype = \(kind) and datname = current_database())
        """
      )
      if try rows[0].decode(Bool.self, at: 0) { return }
    }
    Issue.record("Nobody waits for a lock of the kind \(kind).")
  }
}

extension Post {
  /// Another post with the same picture.
  fileprivate var again: Post {
    Post(
      id: PostID(high: id.high, low: id.low ^ 1),
      authorID: authorID,
      imageDigest: imageDigest,
      imageType: imageType,
      imageBytes: imageBytes,
      width: width,
      height: height,
      visibilityToken: visibilityToken,
      createdAt: createdAt,
      updatedAt: updatedAt
    )
  }

  /// The name of the picture's file.
  fileprivate var imageFile: String { Digest(bytes: imageDigest.bytes)?.hex ?? "" }
}
