import AccountsContract
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb

/// A member as somebody sees them.
struct SeenMember: Sendable {
  let profile: MemberProfile
  /// Whether the one who looks has blocked the member.
  let isBlocked: Bool
  /// Whether the one who looks has muted the member.
  let isMuted: Bool
}

extension Accounts {
  /// The present member with a username, whatever its case; one statement.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  func profile(_ username: String, seenBy viewer: MemberID? = nil) async throws -> SeenMember {
    let rows = try await db.read(
      """
      select \(MemberProfile.columns),
        exists (select from blocks where member_id = \(viewer) and other_id = m.id),
        exists (select from mutes where member_id = \(viewer) and other_id = m.id)
      from members m
      where lower(m.username) = lower(\(username)) and m.departed_at is null
      """
    )
    guard let row = rows.first else { throw Problem.notFound }
    return SeenMember(
      profile: try MemberProfile(from: row, at: clock.now()),
      isBlocked: try row.decode(at: 7),
      isMuted: try row.decode(at: 8)
    )
  }
}
