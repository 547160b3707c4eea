import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// Which posts a list is of.
struct PostListForm: Form {
  /// Whose posts a feed is of.
  enum Feed: String, CaseIterable, Sendable {
    /// Everybody's.
    case everybody
    /// Of those whom the caller follows.
    case home
  }

  let feed: Feed
  /// Which part of everybody's posts, and in which order.
  let ranking: FeedForm
  /// The slug of a tag.
  let tag: String?
  /// The id or the username of a member.
  let author: String?

  init(_ fields: inout FormReader) {
    feed = fields.choice("feed", default: .everybody)
    ranking = FeedForm(&fields)
    tag = fields.optionalString("tag", .length(0...220))
    author = fields.optionalString("author", .length(0...50))
  }
}

extension Gallery {
  /// One page of the posts that a list is of, newest first unless it is of everybody's; at most six
  /// statements.
  ///
  /// The home feed is neither of a tag nor of an author.
  ///
  /// - Throws: `Problem` of kind `unauthenticated` when a guest asks for the home feed.
  func posts(
    _ wish: PostListForm,
    for viewer: MemberID?
  ) async throws -> Page<(Post, Member, [Tag], Tally)> {
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

  /// One page of a member's posts that a viewer may see, newest first; four statements.
  func posts(
    of author: MemberID,
    under slug: String? = nil,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<(Post, Member, [Tag], Tally)> {
    var posts = Post.query.written(by: author).newestFirst
    if viewer != author { posts = posts.shownToEverybody }
    if let slug {
      let tagged = PostTag.where { $0.tagID.in(Tag.where { $0.slug == slug }.select { $0.id }) }
      posts = posts.where { $0.id.in(tagged.select { $0.postID }) }
    }
    return try await posts.including(Post.author, Post.namedTags, Post.tally(for: viewer))
      .page(of: page.limit, after: page.after, in: db)
  }
}

extension Page {
  /// A list with nothing in it.
  static var nothing: Page { Page(items: [], next: nil) }
}

extension Member {
  /// The present member with an id or a username, whatever its case; nil when Gallery has met none.
  static func named(_ name: String, in reader: some StatementReader) async throws -> Member? {
    if let id = MemberID(name) {
      return try await Member.where { $0.id == id && $0.departedAt == nil }.first(in: reader)
    }
    return try await Member.where { $0.departedAt == nil }.where("lower(username) = lower(\(name))")
      .first(in: reader)
  }
}
