import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Gallery {
  /// One page of the public posts with what lists show of them, in the order that is asked for.
  ///
  /// Five statements, four of them at once.
  func feed(
    _ wish: FeedForm,
    for viewer: MemberID?
  ) async throws -> Page<PostEntry> {
    try await Post.query.shownToEverybody.ranked(by: wish, at: clock.now())
      .entries(for: viewer).page(wish.page, in: lists(for: viewer))
  }

  /// One page of a member's own posts, whoever sees them, newest first.
  ///
  /// Five statements, four of them at once.
  func posts(
    of author: MemberID,
    _ page: PageRequest
  ) async throws -> Page<PostEntry> {
    try await Post.query.written(by: author).newestFirst
      .entries(for: author).page(page, in: db)
  }

  /// Changes a post that the editor may see.
  func change(
    _ id: PostID,
    _ changes: PostChangeForm,
    by editor: MemberID
  ) async throws -> PostInFull {
    let result = try await db.transaction { tx in
      let post = try await Post.query.visible(to: editor).forUpdate().find(id, in: tx)
      let changed = try await post.change(changes, by: editor, at: clock.now(), in: tx)
      if let news = FeedNews(from: post, to: changed) { try await tell(news, of: changed, in: tx) }
      reached(.postChanged)
      return try await Post.query.inFull(for: editor).find(id, in: tx)
    }
    reached(.changeCommitted)
    return result
  }
}
