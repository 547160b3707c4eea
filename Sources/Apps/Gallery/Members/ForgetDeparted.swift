import AccountsContract
import ArtelModel
import ArtelPostgres

/// Deletes what departed members have posted, as they themselves would have, and then their names.
///
/// Rows say what is to be done, so it goes on wherever it was broken off, and nodes may do it at once.
/// The member's row stays: see `members.departed_at`.
struct ForgetDeparted: Sendable {
  let gallery: Gallery
  /// How many posts one transaction deletes.
  var batch = 500

  /// Returns how many members are forgotten now; those whom another node is at come later.
  @discardableResult
  func run() async throws -> Int {
    let departing = try await Member.where { $0.departedAt != nil && $0.username != "" }
      .all(in: gallery.db)
    var count = 0
    for member in departing {
      while try await deletePosts(of: member.id) {}
      count += try await gallery.db.write(
        """
        update members set username = '', display_name = ''
        where id = \(member.id) and not exists (select from posts where author_id = \(member.id))
        """
      ).affectedCount
    }
    return count
  }

  /// Deletes one batch with its events and its files; false when nothing is left.
  private func deletePosts(of author: MemberID) async throws -> Bool {
    let (count, files) = try await gallery.db.transaction { tx in
      let posts = try await Post.query.written(by: author).limit(batch).forUpdate().all(in: tx)
      let files = try await Post.delete(posts, in: tx)
      gallery.reached(.departedPostsDeleted)
      return (posts.count, files)
    }
    guard count > 0 else { return false }
    gallery.reached(.departureCommitted)
    try await gallery.pictures.removeUnused(files, in: gallery.db)
    return true
  }
}
