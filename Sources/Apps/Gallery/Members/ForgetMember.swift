import AccountsContract
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelUploads

/// Deletes what a departed member has posted, as the member would have, and then the member's names.
///
/// Rows say what is left, so another attempt goes on where one was broken off. The member's row stays:
/// see `members.departed_at`.
struct ForgetMember: Job {
  static let kind = "gallery.members.forget"

  let member: MemberID

  /// Does the job; `batch` is how many posts one transaction deletes.
  func run(in gallery: Gallery, batch: Int = 500, _ run: JobRun) async throws {
    let total = try await Post.query.written(by: member).count(in: gallery.db)
    var done = 0
    while true {
      run.report(done, of: total)
      let count = try await deletePosts(batch, in: gallery)
      guard count > 0 else { break }
      done += count
    }
    while try await Follow.forget(of: member, limit: batch, in: gallery.db) == batch {}
    try await run.complete { tx in
      let forgotten = try await tx.write(
        """
        update members set username = '', display_name = ''
        where id = \(member) and not exists (select from posts where author_id = \(member))
        """
      )
      guard forgotten.affectedCount == 1 else { throw PostsInUse() }
    }
  }

  /// Deletes posts that nobody is at, with their events and files; returns how many.
  private func deletePosts(_ batch: Int, in gallery: Gallery) async throws -> Int {
    let (count, files) = try await gallery.db.transaction { tx in
      let posts = try await Post.query.written(by: member).limit(batch).forUpdate(skipLocked: true)
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

/// Another transaction has posts of the departed member; the next attempt finds them free.
struct PostsInUse: Error, CustomStringConvertible {
  let description = "posts of the member are in use"
}
