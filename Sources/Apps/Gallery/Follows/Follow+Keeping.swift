import AccountsContract
import ArtelModel
import ArtelPostgres

extension Gallery {
  /// Whether one member follows another, as far as Gallery has heard; one statement, none for nobody.
  func follows(_ follower: MemberID?, _ following: MemberID) async throws -> Bool {
    guard let follower else { return false }
    return try await Follow.where { $0.followerID == follower && $0.followingID == following }
      .exists(in: db)
  }
}

extension Follow {
  /// Keeps that one member follows another, unless one of them has departed.
  static func keep(_ event: MemberFollowed, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      insert into follows (follower_id, following_id)
      select \(event.follower), \(event.following)
      where not exists (
        select from members
        where id in (\(event.follower), \(event.following)) and departed_at is not null
      )
      on conflict do nothing
      """
    )
  }

  /// Forgets that one member followed another.
  static func forget(_ event: MemberUnfollowed, in tx: Transaction) async throws {
    _ = try await Follow.where {
      $0.followerID == event.follower && $0.followingID == event.following
    }
    .delete(in: tx)
  }

  /// Forgets some of what is around a departed member; returns how many.
  static func forget(of member: MemberID, limit: Int, in db: Database) async throws -> Int {
    try await db.write(
      """
      delete from follows where ctid = any (array(
        select ctid from follows where follower_id = \(member) or following_id = \(member)
        limit \(limit)
      ))
      """
    ).affectedCount
  }
}
