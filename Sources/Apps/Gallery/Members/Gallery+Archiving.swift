public import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads

extension Gallery: MemberArchiveSource {
  public func archiveFileCount(of member: MemberID) async throws -> Int {
    try await Picture.query.archivable(of: member).count(in: db)
  }

  /// The member's posts, private ones and those in the trash too, their pictures as they are stored and
  /// their share links without what opens them, the member's comments, votes, reports and albums, and what is being uploaded.
  public func archive(_ member: MemberID, into archive: MemberArchive) async throws {
    try await archive.add(
      "posts",
      rowsOf: """
        select id, title, description, visibility, views, cover_id, created_at, updated_at, state,
          moved_at,
          (
            select coalesce(json_agg(name order by name), '[]')
            from post_tags join tags on tags.id = tag_id where post_id = posts.id
          ) as tags
        from posts where author_id = \(member) and state <> 'erased' order by created_at, id
        """,
      in: db
    )
    try await archive.add(
      "pictures",
      rowsOf: """
        select pictures.id, post_id, position, alt, width, height, frames, bytes,
          'pictures/' || pictures.id || '.' || case type when 'jpeg' then 'jpg' else type::text end
            as file,
          pictures.created_at, pictures.updated_at
        from pictures join posts on posts.id = post_id
        where author_id = \(member) and state <> 'erased' order by posts.created_at, posts.id, position
        """,
      in: db
    )
    try await archive.add(
      "share_links",
      rowsOf: """
        select share_links.id, post_id, password_hash is not null as has_password, share_links.views,
          share_links.created_at, expires_at
        from share_links join posts on posts.id = post_id
        where author_id = \(member) and state <> 'erased' order by share_links.created_at, share_links.id
        """,
      in: db
    )
    try await addOpinions(of: member, to: archive)
    try await archive.add("uploads", rowsOf: ResumableUploads.archive(of: member), in: db)
    let posts = Post.unscoped.archivable(of: member).newestFirst.including(Post.orderedPictures)
    var next: PageCursor?
    repeat {
      let page = try await posts.page(of: 100, after: next, in: db)
      for picture in page.items.flatMap(\.1) { try await add(picture, to: archive) }
      next = page.next
    } while next != nil
  }

  /// What the member said and thinks of posts, and how they gathered their own.
  private func addOpinions(of member: MemberID, to archive: MemberArchive) async throws {
    try await archive.add(
      "comments",
      rowsOf: """
        select id, post_id, text, created_at, updated_at
        from comments where author_id = \(member) order by created_at, id
        """,
      in: db
    )
    try await archive.add(
      "votes",
      rowsOf: """
        select post_id, comment_id, type, created_at, updated_at
        from votes where member_id = \(member) order by created_at, id
        """,
      in: db
    )
    try await archive.add(
      "reports",
      rowsOf: """
        select post_id, comment_id, reason, text, created_at, resolved_at
        from reports where member_id = \(member) order by created_at, id
        """,
      in: db
    )
    try await archive.add(
      "albums",
      rowsOf: """
        select id, name, description, visibility,
          (
            select coalesce(json_agg(post_id order by position, post_id), '[]')
            from album_posts where album_id = albums.id
          ) as posts,
          created_at, updated_at
        from albums where owner_id = \(member) order by created_at, id
        """,
      in: db
    )
  }

  private func add(_ picture: Picture, to archive: MemberArchive) async throws {
    guard let digest = Digest(bytes: picture.digest.bytes) else { return }
    try await archive.add(
      "pictures/\(picture.id).\(picture.type.fileExtension)",
      fileAt: pictures.blobs.path(of: digest),
      changedAt: picture.createdAt
    )
  }
}

extension Query where Row == Post {
  /// What a member has posted, except what they have deleted for good; begin with `Post.unscoped`.
  fileprivate func archivable(of member: MemberID) -> Query {
    written(by: member).where("state <> 'erased'")
  }
}

extension Query where Row == Picture {
  /// The pictures of a member's posts, except of those that they have deleted for good.
  fileprivate func archivable(of member: MemberID) -> Query {
    `where` { $0.postID.in(Post.unscoped.archivable(of: member).select { $0.id }) }
  }
}
