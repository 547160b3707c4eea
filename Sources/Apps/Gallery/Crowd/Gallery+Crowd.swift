public import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
public import FoundationEssentials
import GalleryContract

/// What the crowd of `artel demo --scale` posted, said, liked and put into albums, all of it made up.
extension Gallery {
  /// How much the crowd did.
  public struct CrowdSize: Sendable {
    /// How many posts it made.
    public let posts: Int
    /// How many votes it cast, a twentieth of them on comments; a quarter at most of what so many
    /// members could cast on so many posts.
    public let votes: Int

    /// Says how much it is to be.
    public init(posts: Int, votes: Int) {
      self.posts = posts
      self.votes = votes
    }
  }

  /// Whether one of the crowd has posted something: then ``makeCrowd(_:of:follows:picturesAt:at:progress:)``
  /// has done its work.
  public func hasPosts(of members: [MemberCard]) async throws -> Bool {
    try await Post.unscoped.where { $0.authorID.in(members.map(\.id)) }.exists(in: db)
  }

  /// Makes what the crowd did, all of it together or nothing, as of the 1,000 days before `now`.
  ///
  /// Few members made most of the posts, few posts have most of the votes and comments, few tags are on
  /// most posts, and every counter is exact. All posts share a few stored pictures. Nothing is told to
  /// anybody: no events, no notices, no updates.
  ///
  /// Holds the tables against everybody until it ends: some minutes for a million posts.
  ///
  /// - Parameters:
  ///   - size: How much it did.
  ///   - members: Who they are.
  ///   - follows: Says who follows whom behind a pair, none at the end.
  ///   - paths: Pictures on this machine, at least one; the files stay.
  ///   - now: When it stopped.
  ///   - progress: Told what is made next.
  /// - Throws: `PictureError`, `StorageError`, `PostgresError`.
  public func makeCrowd(
    _ size: CrowdSize,
    of members: [MemberCard],
    follows: @escaping @Sendable (MemberFollowed?) async throws -> [MemberFollowed],
    picturesAt paths: [String],
    at now: Date,
    progress: @escaping @Sendable (String) -> Void
  ) async throws {
    var prepared: [PictureShelf.Prepared] = []
    do {
      for path in paths { prepared.append(try await pictures.prepare(fileAt: path)) }
    } catch {
      for picture in prepared { await picture.folder.remove() }
      throw error
    }
    // The files belong to no post of this id: every post of the crowd names some of them.
    try await store(prepared, of: PostID.generate(), alts: [], at: now) { stored, tx in
      let crowd = MakeCrowd(
        size: size,
        memberCount: members.count,
        now: now,
        tx: tx,
        progress: progress
      )
      try await crowd.begin(stored)
      try await crowd.meet(members, follows)
      try await crowd.run()
    }
    progress("statistics")
    let tables = MakeCrowd.tables.joined(separator: ", ")
    try await db.withLease { try await $0.script("vacuum (analyze) \(tables)") }
  }
}
