import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

extension Gallery {
  /// One page of the posts that a list is of, newest first unless it is of everybody's; at most seven
  /// statements.
  ///
  /// The home feed is neither of a tag nor of an author.
  ///
  /// - Throws: `Problem` of kind `unauthenticated` when a guest asks for the home feed.
  func posts(
    _ wish: PostListForm,
    for viewer: MemberID?
  ) async throws -> Page<PostEntry> {
    let page = wish.ranking.page
    if wish.feed == .home {
      guard let viewer else { throw Problem.unauthenticated }
      return try await home(of: viewer, page)
    }
    if let author = wish.author {
      guard let member = try await Member.named(author, in: db) else { return .nothing }
      return try await posts(of: member.id, under: wish.tag, for: viewer, page)
    }
    guard let slug = wish.tag else { return try await feed(wish.ranking, for: viewer) }
    guard let tag = try await tag(slug) else { return .nothing }
    return try await posts(tagged: tag.id, for: viewer, page)
  }

  /// One page of a member's posts that a viewer may see, newest first; five statements.
  func posts(
    of author: MemberID,
    under slug: String? = nil,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<PostEntry> {
    var posts = Post.query.written(by: author).newestFirst
    if viewer != author { posts = posts.shownToEverybody }
    if let slug {
      let tagged = PostTag.where { $0.tagID.in(Tag.where { $0.slug == slug }.select { $0.id }) }
      posts = posts.where { $0.id.in(tagged.select { $0.postID }) }
    }
    return try await posts.entries(for: viewer).page(page, in: lists(for: viewer))
  }

  /// How old may be what guests are listed: nothing that they did themselves is missing from it.
  static let guestDelay = Duration.seconds(5)

  /// Reads lists: for guests from a replica, where there is one.
  func lists(for viewer: MemberID?) -> any StatementReader {
    viewer == nil ? db.stale(upTo: Gallery.guestDelay) : db
  }
}

extension Page {
  /// A list with nothing in it.
  static var nothing: Page { Page(items: [], next: nil) }
}
