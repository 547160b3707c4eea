import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Gallery {
  /// One page of the public posts with their authors, newest first.
  ///
  /// Two statements.
  func feed(_ page: PageRequest) async throws -> Page<(Post, Member)> {
    try await Post.query.shownToEverybody.newestFirst
      .including(Post.author)
      .page(of: page.limit, after: page.after, in: db)
  }

  /// One page of a member's own posts, private ones too, newest first.
  ///
  /// Two statements.
  func posts(of author: MemberID, _ page: PageRequest) async throws -> Page<(Post, Member)> {
    try await Post.query.written(by: author).newestFirst
      .including(Post.author)
      .page(of: page.limit, after: page.after, in: db)
  }

  /// Changes a post that the editor may see.
  func change(_ id: PostID, _ changes: PostChangeForm, by editor: MemberID) async throws -> (
    Post, Member
  ) {
    try await db.transaction { tx in
      let post = try await Post.query.visible(to: editor).forUpdate().find(id, in: tx)
      let changed = try await post.change(changes, by: editor, at: clock.now(), in: tx)
      return (changed, try await Member.find(changed.authorID, in: tx))
    }
  }

  /// Deletes a post that the editor may see, and then the files that nobody needs any more.
  func delete(_ id: PostID, by editor: MemberID) async throws {
    let files = try await db.transaction { tx in
      try await Post.query.visible(to: editor).forUpdate().find(id, in: tx).delete(
        by: editor,
        in: tx
      )
    }
    try await pictures.removeUnused(files, in: db)
  }
}
