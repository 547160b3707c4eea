import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension PictureBan {
  /// The list of bans, latest first.
  static var latestFirst: Query<PictureBan> { order { $0.createdAt.descending } }

  /// Has nobody post the pictures of a post again, neither the files that were sent nor what is stored
  /// of them; two statements.
  ///
  /// A ban that the post has already is of the pictures that came since, too. What others have posted
  /// stays.
  static func ban(
    _ post: Post,
    because reason: String,
    at now: Date,
    in tx: Transaction
  ) async throws {
    let ban = try await tx.upsert(
      PictureBan(
        postID: post.id,
        authorID: post.authorID,
        title: post.title,
        reason: reason,
        createdAt: now
      ),
      on: { $0.postID },
      updating: { $0.reason }
    )
    guard let ban else { throw RowNotFound(table: PictureBan.table.name) }
    _ = try await tx.write(
      """
      insert into banned_files (digest, ban_id)
      select digest, \(ban.id) from pictures where post_id = \(post.id)
      union select digest, \(ban.id) from sent_files where post_id = \(post.id)
      on conflict do nothing
      """
    )
  }

  /// Forgets what the bans of a departed member's posts still say of them.
  static func forgetTitles(of member: MemberID, in tx: Transaction) async throws {
    _ = try await PictureBan.update { $0.title = "" }
      .where { $0.authorID == member && $0.title != "" }
      .run(in: tx)
  }
}

extension Gallery {
  /// One page of the bans with whose posts they were of, latest first; two statements at most.
  func bans(_ page: PageRequest) async throws -> Page<(PictureBan, Member)> {
    try await PictureBan.latestFirst.including(PictureBan.author)
      .page(of: page.limit, after: page.after, in: db)
  }

  /// Lets the pictures of a ban be posted again; what was taken down stays where it is.
  ///
  /// - Throws: `RowNotFound` when there is no such ban, or not any more.
  func lift(_ id: PictureBanID, by moderator: MemberID) async throws {
    try await db.transaction { tx in
      let ban = try await PictureBan.query.forUpdate().find(id, in: tx)
      _ = try await PictureBan.delete(id, in: tx)
      try await tx.publish(
        ActReported<Gallery>(
          of: .pictureBanLifted,
          by: moderator,
          about: ban.authorID,
          details: ["post": ban.postID.description]
        )
      )
    }
  }
}

extension StoredPictures {
  /// Makes sure that none of the pictures is banned; one statement.
  ///
  /// `sent` are the digests of the files that they were made of, in their order.
  ///
  /// - Throws: ``BannedPicture``.
  func requireNoneBanned(sent: [Bytea], in tx: Transaction) async throws {
    let stored = pictures.map(\.digest)
    let banned = try await BannedFile.among(sent + stored, in: tx)
    guard !banned.isEmpty else { return }
    let places = pictures.indices.filter {
      banned.contains(stored[$0]) || banned.contains(sent[$0])
    }
    throw BannedPicture(positions: places.map { $0 + 1 }, isOnlyOne: pictures.count == 1)
  }
}

extension BannedFile {
  /// Which of some files are banned; one statement.
  static func among(_ digests: [Bytea], in tx: Transaction) async throws -> Set<Bytea> {
    Set(try await tx.read(known(digests)).map { try $0.decode(Bytea.self, at: 0) })
  }

  /// The statement that finds the banned ones among files.
  static func known(_ digests: [Bytea]) -> SQL {
    """
    select distinct digest from banned_files where digest = any(array(select unnest(\(digests))))
    """
  }
}

/// Moderators have banned some of the pictures that a member posts.
struct BannedPicture: Error, ProblemConvertible {
  /// Their places among the pictures that were sent, from 1.
  let positions: [Int]
  /// Whether no other picture was sent.
  let isOnlyOne: Bool

  var problem: Problem {
    .validation(
      positions.map { position in
        var error = FieldError("image", "banned", messageKey: "image_banned")
        error.subject = isOnlyOne ? nil : "\(position)"
        return error
      }
    )
  }
}
