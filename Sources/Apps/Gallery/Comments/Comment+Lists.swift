import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Query where Row == Comment {
  /// The comments that a viewer may see: those on posts that they may see.
  func visible(to viewer: MemberID?) -> Query {
    let posts = Post.query.visible(to: viewer).select { $0.id }
    return `where` { $0.postID.in(posts) }
  }

  /// The comments on one post.
  func on(_ post: PostID) -> Query {
    `where` { $0.postID == post }
  }

  /// The comments of one member, on whatever posts.
  func written(by author: MemberID) -> Query {
    `where` { $0.authorID == author }
  }

  /// The comments in the order that was asked for.
  func ordered(by order: CommentOrder) -> Query {
    switch order {
    case .oldest: self.order { $0.createdAt }
    case .newest: self.order { $0.createdAt.descending }
    case .top: self.order { $0.score.descending }
    }
  }
}

extension Comment {
  /// Comments are counted up to here; beyond, pages say that there are more.
  static let countLimit = 1_000

  /// How many comments a post has; ``countLimit`` and one more stand for all above.
  static func count(on post: PostID, in reader: some StatementReader) async throws -> Int {
    try await reader.read(counting(post))[0].decode(Int.self, at: 0)
  }

  /// The statement that counts, however many there are, no more than are shown.
  static func counting(_ post: PostID) -> SQL {
    """
    select count(*) from (
      select from comments where post_id = \(post) limit \(countLimit + 1)
    ) as counted
    """
  }
}

extension Gallery {
  /// One page of the comments on a post with their authors and votes, without those of members of whom the
  /// viewer sees nothing.
  ///
  /// A page may have fewer comments than was asked for, also none, with more behind it. Three
  /// statements, and for members two more.
  func comments(
    on post: PostID,
    _ wish: CommentListForm,
    for viewer: MemberID?
  ) async throws -> Page<(Comment, Member, Tally)> {
    let page = try await Comment.query.on(post).ordered(by: wish.order)
      .including(Comment.author, Comment.tally(for: viewer))
      .page(of: wish.page.limit, after: wish.page.after, in: db)
    let hidden = try await hidden(from: viewer, among: Set(page.items.map(\.0.authorID)))
    return Page(items: page.items.filter { !hidden.contains($0.0.authorID) }, next: page.next)
  }
}
