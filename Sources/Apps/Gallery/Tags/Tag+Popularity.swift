import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// Which tags are listed, and how.
struct TagListForm: Form {
  /// The order of a list of tags.
  enum Order: String, CaseIterable, Sendable {
    /// Those with the most posts first.
    case popular
    /// In the order of their names.
    case name
  }

  var page: PageRequest
  let order: Order
  /// How the names begin; nil for any name.
  let prefix: String?
  /// Fewest posts of a tag.
  let leastPosts: Int

  init(_ fields: inout FormReader) {
    page = PageRequest(&fields)
    order = fields.choice("order", default: .popular)
    prefix = fields.optionalString("q", .trimmed, .length(0...TagName.maximumLength))
    leastPosts = fields.integer("min_posts", in: 1...Int(Int32.max), default: 1)
  }
}

extension Query where Row == Tag {
  /// The tags that everybody sees a post of: others would tell of what is private.
  var shown: Query {
    `where`("post_count > 0")
  }

  /// The tags whose names begin so, whatever the case.
  func beginning(with prefix: String) -> Query {
    `where`("lower(name) like lower(\(LikePattern.prefix(prefix)) collate \"und-x-icu\")")
  }
}

extension Gallery {
  /// One page of the tags that public posts have; one statement.
  func tags(_ wish: TagListForm) async throws -> Page<Tag> {
    var tags = Tag.query.shown
    if wish.leastPosts > 1 { tags = tags.where { $0.postCount >= wish.leastPosts } }
    if let prefix = wish.prefix.flatMap(TagName.init) {
      tags = tags.beginning(with: prefix.text)
    }
    tags =
      switch wish.order {
      case .popular: tags.order { $0.postCount.descending }
      case .name: tags.order { $0.name.ascending }
      }
    return try await tags.page(of: wish.page.limit, after: wish.page.after, in: db)
  }

  /// The tag at an address; nil when no public post has it.
  func tag(_ slug: String) async throws -> Tag? {
    try await Tag.query.shown.where { $0.slug == slug }.first(in: db)
  }

  /// One page of the public posts with a tag, newest first; seven statements at most.
  func posts(
    tagged tag: TagID,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<PostEntry> {
    let reader = lists(for: viewer)
    let places = try await PostTag.listed(under: tag).page(
      of: page.limit,
      after: page.after,
      in: reader
    )
    let posts = try await listed(
      places.items.map(\.postID),
      of: Post.query.shownToEverybody,
      for: viewer,
      in: reader
    )
    return Page(items: posts, next: places.next)
  }

  /// Those of `posts` that are named, in the order of their names; five statements.
  func listed(
    _ ids: [PostID],
    of posts: Query<Post>,
    for viewer: MemberID?,
    in reader: some StatementReader
  ) async throws -> [PostEntry] {
    guard !ids.isEmpty else { return [] }
    let found = try await posts.where { $0.id.in(ids) }.entries(for: viewer).all(in: reader)
    let byID = Dictionary(uniqueKeysWithValues: found.map { ($0.post.id, $0) })
    return ids.compactMap { byID[$0] }
  }
}

extension PostTag {
  /// The posts under a tag that everybody sees, newest first.
  static func listed(under tag: TagID) -> Query<PostTag> {
    PostTag.where { $0.tagID == tag }.where("is_listed").order {
      $0.createdAt.descending
      $0.postID.descending
    }
  }
}
