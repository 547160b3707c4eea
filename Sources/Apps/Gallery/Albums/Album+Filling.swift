import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials
import GalleryContract

extension Gallery {
  /// Puts one of the owner's posts at the end of an album; does nothing when it is there already.
  ///
  /// - Throws: `RowNotFound` when the owner may not see album or post; ``AlbumError/notOwner``,
  ///   ``AlbumError/notAuthor``, ``AlbumError/full``.
  func add(_ post: PostID, to album: AlbumID, by owner: MemberID) async throws {
    try await db.transaction { tx in
      // The post before the album, as everywhere: whoever deletes a post holds it and then its places.
      let post = try await Post.query.visible(to: owner).forUpdate().find(post, in: tx)
      let album = try await Album.open(album, by: owner, in: tx)
      guard post.authorID == owner else { throw AlbumError.notAuthor }
      try await album.add(post.id, at: clock.now(), in: tx)
    }
  }

  /// Takes a post out of an album; does nothing when it is not in it.
  ///
  /// - Throws: `RowNotFound` when the owner may not see the album; ``AlbumError/notOwner``.
  func remove(_ post: PostID, from album: AlbumID, by owner: MemberID) async throws {
    try await arrange(album, by: owner) { album, tx in
      let removed = try await AlbumPost.where { $0.albumID == album.id && $0.postID == post }
        .delete(in: tx)
      return removed > 0
    }
  }

  /// Orders an album; `posts` has to name each of its posts once.
  ///
  /// - Throws: `RowNotFound`; ``AlbumError/notOwner``; ``AlbumError/otherPosts`` when posts have come or
  ///   gone since the caller looked.
  func order(_ album: AlbumID, as posts: [PostID?], by owner: MemberID) async throws {
    let ids = posts.compactMap(\.self)
    guard ids.count == posts.count else { throw AlbumError.otherPosts }
    try await arrange(album, by: owner) { album, tx in
      let present = try await album.places.inOrder.forUpdate().all(in: tx).map(\.postID)
      guard present.count == ids.count, Set(present) == Set(ids) else {
        throw AlbumError.otherPosts
      }
      return try await album.place(ids, instead: present, in: tx)
    }
  }

  /// Moves a post one place towards the beginning or the end of its album, if there is one.
  ///
  /// - Throws: `RowNotFound`; ``AlbumError/notOwner``.
  func move(
    _ post: PostID,
    _ direction: AlbumMove,
    in album: AlbumID,
    by owner: MemberID
  ) async throws {
    try await arrange(album, by: owner) { album, tx in
      let present = try await album.places.inOrder.forUpdate().all(in: tx).map(\.postID)
      guard let place = present.firstIndex(of: post) else { return false }
      let other = direction == .earlier ? place - 1 : place + 1
      guard present.indices.contains(other) else { return false }
      var posts = present
      posts.swapAt(place, other)
      return try await album.place(posts, instead: present, in: tx)
    }
  }

  /// Makes a post the picture of its album; nil for whichever comes first.
  ///
  /// - Throws: `RowNotFound` also for a post that is not in the album; ``AlbumError/notOwner``.
  func setCover(_ post: PostID?, of album: AlbumID, by owner: MemberID) async throws {
    try await arrange(album, by: owner) { album, tx in
      let former = try await AlbumPost.update { $0.isCover = false }
        .where { $0.albumID == album.id && $0.isCover }
        .run(in: tx)
      guard let post else { return former > 0 }
      let chosen = try await AlbumPost.update { $0.isCover = true }
        .where { $0.albumID == album.id && $0.postID == post }
        .run(in: tx)
      guard chosen == 1 else { throw RowNotFound(table: AlbumPost.table.name) }
      return true
    }
  }

  /// Changes what is in an album while nobody else does; `change` says whether anything is different then.
  private func arrange(
    _ id: AlbumID,
    by owner: MemberID,
    _ change: @escaping @Sendable (Album, Transaction) async throws -> Bool
  ) async throws {
    try await db.transaction { tx in
      let album = try await Album.open(id, by: owner, in: tx)
      guard try await change(album, tx) else { return }
      try await album.touch(at: clock.now(), in: tx)
    }
  }
}

/// Where a post goes in its album.
enum AlbumMove: Sendable {
  case earlier
  case later
}

extension Query where Row == AlbumPost {
  /// The order of an album.
  var inOrder: Query {
    order {
      $0.position.ascending
      $0.postID.ascending
    }
  }
}

extension Album {
  /// Most posts of one album.
  static let postLimit = 1_000

  /// The places of its posts that are in no trash.
  fileprivate var places: Query<AlbumPost> {
    let kept = Post.query.written(by: ownerID).select { $0.id }
    return AlbumPost.where { $0.albumID == id && $0.postID.in(kept) }
  }

  /// Puts a post at the end; the rows of the post and of the album have to be locked.
  fileprivate func add(_ post: PostID, at now: Date, in tx: Transaction) async throws {
    let added = try await tx.write(
      """
      insert into album_posts (album_id, post_id, position, added_at)
      select \(id), \(post), coalesce(max(position), 0) + 1, \(now)
      from album_posts where album_id = \(id)
      having count(*) < \(Album.postLimit)
      on conflict (album_id, post_id) do nothing
      """
    )
    if added.affectedCount == 1 { return try await touch(at: now, in: tx) }
    let isPresent = try await AlbumPost.where { $0.albumID == id && $0.postID == post }
      .exists(in: tx)
    guard isPresent else { throw AlbumError.full }
  }

  /// Gives the posts their places; returns whether any has another one now.
  fileprivate func place(
    _ posts: [PostID],
    instead former: [PostID],
    in tx: Transaction
  ) async throws -> Bool {
    guard posts != former else { return false }
    _ = try await tx.write(
      """
      update album_posts set position = placed.position
      from unnest(\(posts)) with ordinality as placed (post_id, position)
      where album_posts.album_id = \(id) and album_posts.post_id = placed.post_id
        and album_posts.position <> placed.position
      """
    )
    return true
  }

  /// Notes that the album has changed, each time later than the time before.
  fileprivate func touch(at now: Date, in tx: Transaction) async throws {
    try await Album.update { $0.updatedAt = max(now, self.updatedAt.addingTimeInterval(1e-6)) }
      .where { $0.id == id }
      .run(in: tx)
  }
}
