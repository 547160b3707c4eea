import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// A post with what every list and page shows of it.
struct PostEntry: Sendable {
  let post: Post
  let author: Member
  /// In the order of their names.
  let tags: [Tag]
  /// A post that was just made has no votes.
  var tally = Tally()
}

extension Query where Row == Post {
  /// The posts with what is shown of them to a viewer; a guest is nil.
  func entries(for viewer: MemberID?) -> PostEntries {
    PostEntries(posts: including(Post.author, Post.namedTags, Post.tally(for: viewer)))
  }
}

/// A query for posts with what is shown of them.
///
/// Takes four statements, three of them at once, however many posts.
struct PostEntries: Sendable {
  fileprivate let posts: IncludingQuery<Post, Member, [Tag], Tally>

  /// All of them.
  func all(in reader: some StatementReader) async throws -> [PostEntry] {
    try await posts.all(in: reader).map(PostEntry.init)
  }

  /// One page of them.
  func page(_ page: PageRequest, in reader: some StatementReader) async throws -> Page<PostEntry> {
    try await posts.page(of: page.limit, after: page.after, in: reader).map(PostEntry.init)
  }

  /// The one with this id.
  ///
  /// - Throws: `RowNotFound` when it is not among them.
  func find(_ id: PostID, in reader: some StatementReader) async throws -> PostEntry {
    PostEntry(try await posts.find(id, in: reader))
  }
}

extension PostEntry {
  fileprivate init(_ found: (Post, Member, [Tag], Tally)) {
    self.init(post: found.0, author: found.1, tags: found.2, tally: found.3)
  }
}
