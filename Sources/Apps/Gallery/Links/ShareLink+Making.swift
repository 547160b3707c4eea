import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A share link with the token that opens it, which nobody can tell later.
struct MadeLink: Sendable {
  let link: ShareLink
  let token: OpaqueToken

  /// The address to pass on.
  var path: String { "/s/\(token.text)" }
}

extension OpaqueTokenKind {
  /// Part of the address of a share link.
  static let shareLink = OpaqueTokenKind(prefix: "artel_sl_")
}

extension ShareLink {
  /// Most links of one post.
  static let countLimit = 20

  /// Ends every link of a post; one statement.
  static func end(of post: PostID, in tx: Transaction) async throws {
    _ = try await ShareLink.query.to(post).delete(in: tx)
  }
}

extension Query where Row == ShareLink {
  /// The links of one post, also those whose time is over.
  func to(_ post: PostID) -> Query {
    `where` { $0.postID == post }
  }

  /// The order of every list of links.
  var newestFirst: Query {
    order { $0.createdAt.descending }
  }
}

extension Gallery {
  /// Makes a link to a post of the author's; those of it whose time is over make room.
  ///
  /// - Throws: `RowNotFound`; ``PostError/notAuthor``; ``ShareLinkError``; `BlockingPoolError` when too
  ///   many passwords wait.
  func makeLink(
    _ form: ShareLinkForm,
    to post: PostID,
    by author: MemberID
  ) async throws -> MadeLink {
    // Before argon2 runs in vain; asked again with the post's row locked.
    try await requireAuthor(author, of: post)
    let now = clock.now()
    let end = try form.end(from: now)
    var hash: String?
    if let password = form.password { hash = try await passwords.hash(password) }
    let token = OpaqueToken.generate(.shareLink)
    let link = ShareLink(
      postID: post,
      digest: Bytea(token.digest.bytes),
      passwordHash: hash,
      createdAt: now,
      expiresAt: end
    )
    return try await db.transaction { tx in
      let kept = try await Post.query.visible(to: author).forUpdate().find(post, in: tx)
      guard kept.isEditable(by: author) else { throw PostError.notAuthor }
      let links = ShareLink.query.to(post)
      _ = try await links.where("expires_at <= \(now)").delete(in: tx)
      guard try await links.count(in: tx) < ShareLink.countLimit else {
        throw ShareLinkError.tooMany
      }
      return MadeLink(link: try await tx.insert(link), token: token)
    }
  }

  /// One page of the links of a post of the author's, newest first; two statements.
  ///
  /// - Throws: `RowNotFound`; ``PostError/notAuthor``.
  func links(
    to post: PostID,
    of author: MemberID,
    _ page: PageRequest
  ) async throws -> Page<ShareLink> {
    try await requireAuthor(author, of: post)
    return try await ShareLink.query.to(post).newestFirst
      .page(of: page.limit, after: page.after, in: db)
  }

  /// Ends a link at once, also for those who have its page open.
  ///
  /// - Throws: `RowNotFound`; ``PostError/notAuthor``.
  func revokeLink(_ link: ShareLinkID, to post: PostID, by author: MemberID) async throws {
    try await requireAuthor(author, of: post)
    let deleted = try await ShareLink.query.to(post).where { $0.id == link }.delete(in: db)
    guard deleted == 1 else { throw RowNotFound(table: ShareLink.table.name) }
  }

  /// Makes sure that the member sees the post, and wrote it.
  private func requireAuthor(_ author: MemberID, of post: PostID) async throws {
    let post = try await Post.query.visible(to: author).find(post, in: db)
    guard post.isEditable(by: author) else { throw PostError.notAuthor }
  }
}
