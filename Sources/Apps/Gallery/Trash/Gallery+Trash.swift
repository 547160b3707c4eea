import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Gallery {
  /// Deletes a post that the member may see: its author puts it into the trash, a moderator takes it
  /// down.
  ///
  /// `reason` is told to the author of what is taken down; empty, the default, tells none.
  ///
  /// - Returns: Whether it was taken down.
  /// - Throws: `RowNotFound`; ``PostError/notAuthor``.
  @discardableResult
  func delete(
    _ id: PostID,
    by member: MemberID,
    isModerator: Bool = false,
    because reason: String = ""
  ) async throws -> Bool {
    let isTakenDown = try await db.transaction { tx in
      let post = try await Post.query.visible(to: member).forUpdate().find(id, in: tx)
      let isTakenDown = isModerator && !post.isEditable(by: member)
      if isTakenDown {
        try await post.takeDown(by: member, because: reason, at: clock.now(), in: tx)
      } else {
        try await post.trash(by: member, at: clock.now(), in: tx)
      }
      if post.isPublic { try await tell(.deleted, of: post, in: tx) }
      reached(.postTrashed)
      return isTakenDown
    }
    reached(.trashingCommitted)
    return isTakenDown
  }

  /// Takes a post out of the trash.
  ///
  /// - Throws: `RowNotFound`; ``PostError/takenDown``.
  func restore(
    _ id: PostID,
    by member: MemberID,
    isModerator: Bool
  ) async throws -> (Post, Member, [Tag]) {
    try await db.transaction { tx in
      let trashed = try await Post.unscoped
        .inTrash(visibleTo: member, isModerator: isModerator).forUpdate().find(id, in: tx)
      let (post, tags) = try await trashed.restore(
        by: member,
        isModerator: isModerator,
        at: clock.now(),
        in: tx
      )
      let author = try await Member.find(post.authorID, in: tx)
      if post.isPublic { try await tell(.created, of: post, in: tx) }
      return (post, author, tags)
    }
  }

  /// Deletes a post of the member's trash for good; its files and votes go within moments.
  ///
  /// - Throws: `RowNotFound`.
  func erase(_ id: PostID, by member: MemberID) async throws {
    try await db.transaction { tx in
      let post = try await Post.unscoped.inTrash.written(by: member).forUpdate().find(id, in: tx)
      try await post.erase(by: member, at: clock.now(), in: tx)
    }
  }

  /// One page of a member's trash, what came last first; one statement.
  func trash(of member: MemberID, _ page: PageRequest) async throws -> Page<Post> {
    try await Post.unscoped.inTrash.written(by: member).latestMovedFirst
      .page(of: page.limit, after: page.after, in: db)
  }
}
