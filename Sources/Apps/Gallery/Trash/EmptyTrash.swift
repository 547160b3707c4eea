import ArtelConcurrency
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelUploads
import Foundation
import GalleryContract
import Logging

/// Deletes for good what has been in the trash for 30 days, and what its author does not want even
/// there.
///
/// What is deleted for good is marked first, so another attempt goes on where one was broken off.
struct EmptyTrash: Job {
  static let kind = "gallery.trash.empty"
  static let options = JobOptions {
    $0.limitOverall = 1
    $0.keeps = .zero
  }

  /// Does the job; `batch` is how many rows one transaction deletes.
  func run(in gallery: Gallery, batch: Int = 1_000) async throws {
    while try await markExpired(atMost: batch, in: gallery) == batch {}
    while true {
      let posts: [PostID] = try await Post.unscoped.where("state = 'erased'").limit(20)
        .select { $0.id }.all(in: gallery.db)
      guard !posts.isEmpty else { return }
      try await gallery.forgetOpinions(of: posts, batch: batch)
      try await gallery.deleteForGood { tx in
        try await Post.unscoped.where { $0.id.in(posts) }.forUpdate().all(in: tx)
      }
    }
  }

  private func markExpired(atMost count: Int, in gallery: Gallery) async throws -> Int {
    let now = gallery.clock.now()
    return try await gallery.db.write(
      """
      update posts set state = 'erased', moved_at = \(now)
      where id = any(array(
        select id from posts
        where state in ('trashed', 'taken_down')
          and moved_at <= \(now.addingTimeInterval(-Post.trashLifetime))
        limit \(count) for update skip locked
      ))
      """
    ).affectedCount
  }
}

extension Gallery {
  /// Deletes what members said about posts that are going to be deleted, and what they think of the
  /// posts and of that.
  ///
  /// One by one they may have a hundred thousand votes, so `batch` rows go in a transaction of their
  /// own.
  func forgetOpinions(of posts: [PostID], batch: Int = 1_000) async throws {
    guard !posts.isEmpty else { return }
    try await deleteVotes(where: "post_id = any(\(posts))", batch)
    while true {
      let comments: [CommentID] = try await Comment.where { $0.postID.in(posts) }.limit(batch)
        .select { $0.id }.all(in: db)
      guard !comments.isEmpty else { return }
      try await forgetVotes(on: comments, batch: batch)
      _ = try await Comment.where { $0.id.in(comments) }.delete(in: db)
    }
  }

  /// Deletes what members think of comments that are going to be deleted, `batch` rows at a time.
  func forgetVotes(on comments: [CommentID], batch: Int = 1_000) async throws {
    guard !comments.isEmpty else { return }
    try await deleteVotes(where: "comment_id = any(\(comments))", batch)
  }

  private func deleteVotes(where condition: SQL, _ batch: Int) async throws {
    while try await db.write(
      """
      delete from votes where id = any(array(
        select id from votes where \(condition) limit \(batch)
      ))
      """
    ).affectedCount == batch {}
  }

  /// Deletes the posts that `lock` locks, tells of it, and then removes the files that nobody needs
  /// any more; returns how many posts.
  @discardableResult
  func deleteForGood(
    _ lock: @escaping @Sendable (Transaction) async throws -> [Post]
  ) async throws -> Int {
    // In a task of its own: a job that is called off must not leave files without a post.
    try await Task {
      let (count, files) = try await db.transaction { tx in
        let posts = try await lock(tx)
        let files = try await Post.delete(posts, in: tx)
        reached(.postErased)
        return (posts.count, files)
      }
      guard count > 0 else { return 0 }
      reached(.erasureCommitted)
      do {
        try await pictures.removeUnused(files)
      } catch {
        // The posts are gone, and that is what was asked for; the next start removes their files.
        logger.warning("Files of posts were not removed", metadata: ["error": "\(error)"])
      }
      reached(.filesRemoved)
      return count
    }.value
  }
}
