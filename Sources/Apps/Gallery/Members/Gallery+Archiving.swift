public import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads

extension Gallery: MemberArchiveSource {
  public func archiveFileCount(of member: MemberID) async throws -> Int {
    try await Picture.query.shown(by: member).count(in: db)
  }

  /// The member's posts, private ones too, their pictures as they are stored, and the member's
  /// comments and votes.
  public func archive(_ member: MemberID, into archive: MemberArchive) async throws {
    try await archive.add(
      "posts",
      rowsOf: """
        select id, title, description, is_public, views, cover_id, created_at, updated_at
        from posts where author_id = \(member) order by created_at, id
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
        where author_id = \(member) order by posts.created_at, posts.id, position
        """,
      in: db
    )
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
    let posts = Post.query.written(by: member).newestFirst.including(Post.orderedPictures)
    var next: PageCursor?
    repeat {
      let page = try await posts.page(of: 100, after: next, in: db)
      for picture in page.items.flatMap(\.1) { try await add(picture, to: archive) }
      next = page.next
    } while next != nil
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

extension Query where Row == Picture {
  /// The pictures of a member's posts.
  fileprivate func shown(by member: MemberID) -> Query {
    `where` { $0.postID.in(Post.query.written(by: member).select { $0.id }) }
  }
}
