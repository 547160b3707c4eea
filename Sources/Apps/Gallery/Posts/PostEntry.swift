import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// A post with what every list shows of it.
struct PostEntry: Sendable {
  let post: Post
  let author: Member
  let cover: Picture
  /// In the order of their names.
  let tags: [Tag]
  /// A post that was just made has no votes.
  var tally = Tally()

  /// The cover with its addresses.
  var shownCover: ShownPicture { ShownPicture(picture: cover, post: post) }
}

/// A post with all that its page shows of it.
struct PostInFull: Sendable {
  let entry: PostEntry
  /// In their order; at least one.
  let pictures: [Picture]

  var post: Post { entry.post }
}

extension Query where Row == Post {
  /// The posts with what lists show of them to a viewer; a guest is nil.
  func entries(for viewer: MemberID?) -> PostEntries {
    PostEntries(
      posts: including(Post.author, Post.cover, Post.namedTags, Post.tally(for: viewer))
    )
  }

  /// The posts with all that is shown of them to a viewer; a guest is nil.
  func inFull(for viewer: MemberID?) -> PostsInFull {
    PostsInFull(
      posts: including(Post.author, Post.orderedPictures, Post.namedTags, Post.tally(for: viewer))
    )
  }
}

extension Post {
  /// The picture that lists show.
  static let cover = Relation<Post, Picture>.toOne({ $0.coverID }, Picture.columns.id)

  /// The pictures in their order.
  static let orderedPictures = Post.pictures.order { $0.position }
}

/// A query for posts with what lists show of them.
///
/// Takes five statements, four of them at once, however many posts.
struct PostEntries: Sendable {
  fileprivate let posts: IncludingQuery<Post, Member, Picture, [Tag], Tally>

  /// All of them.
  func all(in reader: some StatementReader) async throws -> [PostEntry] {
    try await posts.all(in: reader).map(PostEntry.init)
  }

  /// One page of them.
  func page(_ page: PageRequest, in reader: some StatementReader) async throws -> Page<PostEntry> {
    try await posts.page(of: page.limit, after: page.after, in: reader).map(PostEntry.init)
  }
}

/// A query for posts with all that is shown of them.
///
/// Takes five statements, four of them at once.
struct PostsInFull: Sendable {
  fileprivate let posts: IncludingQuery<Post, Member, [Picture], [Tag], Tally>

  /// The one with this id.
  ///
  /// - Throws: `RowNotFound` when it is not among them.
  func find(_ id: PostID, in reader: some StatementReader) async throws -> PostInFull {
    let (post, author, pictures, tags, tally) = try await posts.find(id, in: reader)
    // Without pictures it was deleted between the statements; the cover may be older than they are.
    guard let cover = pictures.first(where: { $0.id == post.coverID }) ?? pictures.first else {
      throw RowNotFound(table: Post.table.name)
    }
    let entry = PostEntry(post: post, author: author, cover: cover, tags: tags, tally: tally)
    return PostInFull(entry: entry, pictures: pictures)
  }
}

extension PostEntry {
  fileprivate init(_ found: (Post, Member, Picture, [Tag], Tally)) {
    self.init(
      post: found.0,
      author: found.1,
      cover: found.2,
      tags: found.3,
      tally: found.4
    )
  }
}
