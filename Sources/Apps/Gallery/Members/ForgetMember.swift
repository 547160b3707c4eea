import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelUploads
import GalleryContract

/// Deletes what a departed member has said and posted and takes back their votes, as the member would
/// have, and then the member's names.
///
/// Rows say what is left, so another attempt goes on where one was broken off. The member's row stays:
/// see `members.departed_at`.
struct ForgetMember: Job {
  static let kind = "gallery.members.forget"

  let member: MemberID

  /// Does the job; `batch` is how many rows one transaction deletes.
  func run(in gallery: Gallery, batch: Int = 500, _ run: JobRun) async throws {
    let total = try await rowCount(in: gallery)
    var done = 0
    for delete in [takeBackVotes, deleteComments, deleteAlbums, deletePosts] {
      while true {
        run.report(done, of: total)
        let count = try await delete(batch, gallery)
        guard count > 0 else { break }
        done += count
      }
    }
    while try await Follow.forget(of: member, limit: batch, in: gallery.db) == batch {}
    while try await Report.forget(of: member, limit: batch, in: gallery.db) == batch {}
    try await gallery.uploads.forget(member)
    try await run.complete { tx in
      try await PictureBan.forgetTitles(of: member, in: tx)
      let forgotten = try await tx.write(
        """
        update members set username = '', display_name = ''
        where id = \(member)
          and not exists (select from posts where author_id = \(member))
          and not exists (select from comments where author_id = \(member))
          and not exists (select from votes where member_id = \(member))
          and not exists (select from albums where owner_id = \(member))
        """
      )
      guard forgotten.affectedCount == 1 else { throw RowsInUse() }
    }
  }

  private func rowCount(in gallery: Gallery) async throws -> Int {
    try await Post.unscoped.written(by: member).count(in: gallery.db)
      + Comment.query.written(by: member).count(in: gallery.db)
      + Vote.query.cast(by: member).count(in: gallery.db)
      + Album.query.owned(by: member).count(in: gallery.db)
  }

  /// Takes back votes that nobody is at, with their events; returns how many.
  private func takeBackVotes(_ batch: Int, in gallery: Gallery) async throws -> Int {
    try await gallery.db.transaction { tx in
      let votes = try await Vote.query.cast(by: member).limit(batch).forUpdate(skipLocked: true)
        .all(in: tx)
      try await Vote.takeBack(votes, in: tx)
      return votes.count
    }
  }

  /// Deletes comments that nobody is at, with their events; returns how many.
  private func deleteComments(_ batch: Int, in gallery: Gallery) async throws -> Int {
    let next: [CommentID] = try await Comment.query.written(by: member).limit(batch)
      .select { $0.id }.all(in: gallery.db)
    try await gallery.forgetVotes(on: next, batch: batch)
    return try await gallery.db.transaction { tx in
      let comments = try await Comment.where { $0.id.in(next) }.forUpdate(skipLocked: true)
        .all(in: tx)
      try await Comment.delete(comments, in: tx)
      return comments.count
    }
  }

  /// Deletes albums that nobody is at; returns how many.
  private func deleteAlbums(_ batch: Int, in gallery: Gallery) async throws -> Int {
    try await gallery.db.transaction { tx in
      let albums = try await Album.query.owned(by: member).limit(batch).forUpdate(skipLocked: true)
        .all(in: tx)
      try await Album.delete(albums, in: tx)
      return albums.count
    }
  }

  /// Deletes posts that nobody is at, with their events and files; returns how many.
  private func deletePosts(_ batch: Int, in gallery: Gallery) async throws -> Int {
    let next: [PostID] = try await Post.unscoped.written(by: member).limit(batch)
      .select { $0.id }.all(in: gallery.db)
    try await gallery.forgetOpinions(of: next, batch: batch)
    let (count, files) = try await gallery.db.transaction { tx in
      // Those and no others: what is said of any other post is still there.
      let posts = try await Post.unscoped.where { $0.id.in(next) }.forUpdate(skipLocked: true)
        .all(in: tx)
      let files = try await Post.delete(posts, in: tx)
      gallery.reached(.departedPostsDeleted)
      return (posts.count, files)
    }
    guard count > 0 else { return 0 }
    gallery.reached(.departureCommitted)
    try await gallery.pictures.removeUnused(files)
    return count
  }
}

/// Another transaction has rows of the departed member; the next attempt finds them free.
struct RowsInUse: Error, CustomStringConvertible {
  let description = "posts, comments, votes or albums of the member are in use"
}
