import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import GalleryContract

/// An album as a viewer sees it.
struct AlbumEntry: Sendable {
  let album: Album
  let owner: Member
  /// How many of its posts the viewer sees.
  var postCount = 0
  /// The picture that stands for the album; nil when the viewer sees none of its posts.
  var cover: ShownPicture?
}

/// What a viewer sees of the posts of one album.
struct AlbumContents: Sendable {
  let postCount: Int
  /// The post whose cover stands for the album.
  let postID: PostID?

  static func read(_ row: PostgresRow) throws -> (AlbumID, AlbumContents) {
    let contents = AlbumContents(
      postCount: try row.decode(at: 1),
      postID: try row.decode(at: 2)
    )
    return (try row.decode(at: 0), contents)
  }
}

extension Album {
  /// How many posts of each album a viewer sees, and which of them stands for it.
  static func contents(for viewer: MemberID?) -> Relation<Album, AlbumContents> {
    .toOne({ $0.id }, asking: { counting($0, for: viewer) }, reading: AlbumContents.read)
  }

  /// The statement that ``contents(for:)`` sends; its cost grows with the posts of these albums.
  static func counting(_ albums: [AlbumID], for viewer: MemberID?) -> SQL {
    """
    select albums.id, count(posts.id),
      (array_agg(posts.id order by album_posts.is_cover desc, album_posts.position, posts.id)
        filter (where posts.id is not null))[1]
    from albums
    left join album_posts on album_posts.album_id = albums.id
    left join posts on posts.id = album_posts.post_id and posts.state = 'kept'
      and (posts.visibility = 'public' or albums.owner_id = \(viewer))
    where albums.id = any(array(select unnest(\(albums))))
    group by albums.id
    """
  }
}

extension Album {
  /// The places of the posts that a viewer sees in the album, in its order.
  func listedPosts(for viewer: MemberID?) -> Query<AlbumPost> {
    let seen = posts(for: viewer).select { $0.id }
    return AlbumPost.where { $0.albumID == id && $0.postID.in(seen) }.inOrder
  }
}

extension Gallery {
  /// One page of the albums that a list is of, newest first; six statements at most.
  ///
  /// Members see their own private and unlisted ones when they ask for their own.
  func albums(_ wish: AlbumListForm, for viewer: MemberID?) async throws -> Page<AlbumEntry> {
    guard let name = wish.owner else {
      return try await entries(Album.query.shownToEverybody, for: viewer, wish.page)
    }
    guard let owner = try await Member.named(name, in: db) else { return .nothing }
    return try await albums(of: owner.id, for: viewer, wish.page)
  }

  /// One page of a member's albums that a viewer sees in lists, newest first; five statements.
  func albums(
    of owner: MemberID,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<AlbumEntry> {
    let albums = Album.query.owned(by: owner)
    return try await entries(
      viewer == owner ? albums : albums.shownToEverybody,
      for: viewer,
      page
    )
  }

  /// An album that a viewer may see; five statements.
  ///
  /// - Throws: `RowNotFound`.
  func album(_ id: AlbumID, for viewer: MemberID?) async throws -> AlbumEntry {
    let (album, owner, contents) = try await Album.query.visible(to: viewer)
      .including(Album.owner, Album.contents(for: viewer))
      .find(id, in: db)
    return try await entries([(album, owner, contents)])[0]
  }

  /// One page of the posts of an album that a viewer sees there, in its order; six statements.
  func posts(
    in album: Album,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<PostEntry> {
    let places = try await album.listedPosts(for: viewer)
      .page(of: page.limit, after: page.after, in: db)
    let posts = try await listed(
      places.items.map(\.postID),
      of: album.posts(for: viewer),
      for: viewer,
      in: db
    )
    return Page(items: posts, next: places.next)
  }

  /// A member's albums by name, for choosing one; those that a post is in say so.
  ///
  /// The newest 100; one statement.
  func choices(for post: PostID, of owner: MemberID) async throws -> [AlbumChoice] {
    let rows = try await db.read(
      """
      select id, name, exists (
        select from album_posts where album_id = albums.id and post_id = \(post)
      )
      from albums where owner_id = \(owner) order by created_at desc, id desc limit 100
      """
    )
    return try rows.map { row in
      AlbumChoice(
        id: try row.decode(at: 0),
        name: try row.decode(at: 1),
        hasPost: try row.decode(at: 2)
      )
    }
  }

  private func entries(
    _ albums: Query<Album>,
    for viewer: MemberID?,
    _ page: PageRequest
  ) async throws -> Page<AlbumEntry> {
    let found = try await albums.newestFirst
      .including(Album.owner, Album.contents(for: viewer))
      .page(of: page.limit, after: page.after, in: db)
    return Page(items: try await entries(found.items), next: found.next)
  }

  private func entries(_ albums: [(Album, Member, AlbumContents)]) async throws -> [AlbumEntry] {
    let posts = try await Post.where { $0.id.in(albums.compactMap(\.2.postID)) }
      .including(Post.cover).all(in: db)
    let covers = Dictionary(
      uniqueKeysWithValues: posts.map { ($0.id, ShownPicture(picture: $1, post: $0)) }
    )
    return albums.map { album, owner, contents in
      AlbumEntry(
        album: album,
        owner: owner,
        postCount: contents.postCount,
        cover: contents.postID.flatMap { covers[$0] }
      )
    }
  }
}

/// One of the albums that a post may be put into.
struct AlbumChoice: Sendable {
  let id: AlbumID
  let name: String
  let hasPost: Bool
}
