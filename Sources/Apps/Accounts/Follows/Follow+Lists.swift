import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb

/// One of the two lists of members around a member.
enum FollowSide: String, CaseIterable, Sendable {
  /// Those who follow the member.
  case followers
  /// Those whom the member follows.
  case following
}

/// How many members follow a member, how many the member follows, and whether one of them looks.
struct FollowCounts: Sendable {
  let followers: Int
  let following: Int
  let isFollowed: Bool
}

extension Accounts {
  /// One page of a side of a member, newest first; two statements.
  func members(
    _ side: FollowSide,
    of member: MemberID,
    _ wish: PageRequest
  ) async throws -> Page<MemberProfile> {
    let now = clock.now()
    return switch side {
    case .followers:
      try await Follow.to(member).including(Follow.follower)
        .page(of: wish.limit, after: wish.after, in: db)
        .map { MemberProfile($1, at: now) }
    case .following:
      try await Follow.by(member).including(Follow.following)
        .page(of: wish.limit, after: wish.after, in: db)
        .map { MemberProfile($1, at: now) }
    }
  }

  /// The numbers of a member's page, by one statement; reads an entry of an index for each follow.
  func followCounts(of member: MemberID, seenBy viewer: MemberID?) async throws -> FollowCounts {
    let row = try await db.read(
      """
      select (select count(*) from follows where following_id = \(member)),
        (select count(*) from follows where follower_id = \(member)),
        exists (select from follows where follower_id = \(viewer) and following_id = \(member))
      """
    )
    guard let row = row.first else { throw Problem.notFound }
    return FollowCounts(
      followers: try row.decode(at: 0),
      following: try row.decode(at: 1),
      isFollowed: try row.decode(at: 2)
    )
  }
}

extension Follow {
  /// The follows of a member by others, newest first.
  static func to(_ member: MemberID) -> Query<Follow> {
    Follow.where { $0.followingID == member }.order { $0.createdAt.descending }
  }

  /// The follows of others by a member, newest first.
  static func by(_ member: MemberID) -> Query<Follow> {
    Follow.where { $0.followerID == member }.order { $0.createdAt.descending }
  }
}
