import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// Another member follows the one who is told.
  static let memberFollowed = NoticeKind(
    "member.followed",
    icon: "member",
    link: FollowPages.ownFollowers
  )
}

extension Accounts {
  /// Lets a member follow another one, who is told; doing so again changes nothing.
  ///
  /// - Throws: ``MemberError/oneself``; `Problem` of kind `not_found`, also when one of the two has
  ///   blocked the other, and `too_many_requests`.
  func follow(_ username: String, by member: MemberID) async throws {
    try limits.allowBoundary(by: member)
    let other = try await profile(username).profile.id
    guard other != member else { throw MemberError.oneself }
    let now = clock.now()
    try await db.transaction { tx in
      try await Follow.hold(member, other, in: tx)
      let blocks = try await Block.where {
        ($0.memberID == member && $0.otherID == other)
          || ($0.memberID == other && $0.otherID == member)
      }
      .exists(in: tx)
      guard !blocks else { throw Problem.notFound }
      // Locked, so that a departure at the same time either comes first or takes the row along.
      let stored = try await tx.write(
        """
        insert into follows (id, follower_id, following_id, created_at, updated_at)
        select \(FollowID.generate()), one.id, other.id, \(now), \(now)
        from members one, members other
        where one.id = \(member) and one.departed_at is null
          and other.id = \(other) and other.departed_at is null
        for key share
        on conflict (follower_id, following_id) do nothing
        """
      )
      guard stored.affectedCount == 1 else { return }
      try await tx.publish(MemberFollowed(follower: member, following: other))
      let follower = try await Member.find(member, in: tx)
      try await give(.followed(other, by: follower, at: now), causedBy: member, in: tx)
    }
  }

  /// Ends a follow; without one nothing happens.
  ///
  /// - Throws: `Problem` of kind `not_found` or `too_many_requests`.
  func unfollow(_ username: String, by member: MemberID) async throws {
    try limits.allowBoundary(by: member)
    let other = try await profile(username).profile.id
    try await db.transaction { tx in
      try await Follow.hold(member, other, in: tx)
      try await Follow.end(from: member, to: other, in: tx)
    }
  }
}

extension Follow {
  /// Keeps others from following and blocking between the same two until the transaction ends.
  ///
  /// Without it a follow and a block at the same time would not see each other.
  static func hold(_ one: MemberID, _ other: MemberID, in tx: Transaction) async throws {
    let pair = [one.description, other.description].sorted().joined(separator: " ")
    _ = try await tx.read("select pg_advisory_xact_lock(hashtextextended(\(pair), 0))")
  }

  /// Ends the follow of one member by another, if there is one, and tells the other apps.
  static func end(from follower: MemberID, to following: MemberID, in tx: Transaction) async throws
  {
    let ended = try await Follow.where {
      $0.followerID == follower && $0.followingID == following
    }
    .delete(in: tx)
    guard ended > 0 else { return }
    try await tx.publish(MemberUnfollowed(follower: follower, following: following))
  }

  /// Ends what is between two members, in both directions.
  static func end(between one: MemberID, and other: MemberID, in tx: Transaction) async throws {
    try await end(from: one, to: other, in: tx)
    try await end(from: other, to: one, in: tx)
  }
}

extension Notice {
  fileprivate static func followed(_ member: MemberID, by follower: Member, at now: Date) -> Notice
  {
    Notice(
      memberID: member,
      app: Accounts.context,
      kind: NoticeKind.memberFollowed.name,
      facts: JSONText([
        "follower": .text(follower.id.description), "display_name": .text(follower.displayName),
        "username": .text(follower.username),
      ]),
      createdAt: now
    )
  }
}
