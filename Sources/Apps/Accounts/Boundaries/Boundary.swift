public import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// What a member may put between themselves and another one.
enum Boundary: CaseIterable, Sendable {
  /// Both have nothing to do with each other.
  case block
  /// The member is not told of what the other one does, who does not learn of it.
  case mute

  /// As addresses and buttons say it.
  var verb: String {
    switch self {
    case .block: "block"
    case .mute: "mute"
    }
  }

  /// What the next page says.
  var flash: String {
    switch self {
    case .block: "member_blocked"
    case .mute: "member_muted"
    }
  }

  private var table: SQL {
    switch self {
    case .block: "blocks"
    case .mute: "mutes"
    }
  }

  /// The statement that draws the boundary, unless one of the two has departed.
  fileprivate func drawing(between member: MemberID, and other: MemberID, at now: Date) -> SQL {
    // Locked, so that a departure at the same time either comes first or takes the row along.
    """
    insert into \(table) (member_id, other_id, created_at)
    select one.id, other.id, \(now)
    from members one, members other
    where one.id = \(member) and one.departed_at is null
      and other.id = \(other) and other.departed_at is null
    for key share
    on conflict (member_id, other_id) do nothing
    """
  }

  /// The statement that lifts the boundary.
  fileprivate func lifting(between member: MemberID, and other: MemberID) -> SQL {
    "delete from \(table) where member_id = \(member) and other_id = \(other)"
  }
}

extension Accounts {
  /// Lets a member block or mute another one; doing so again changes nothing.
  ///
  /// A block ends that either follows the other.
  ///
  /// - Throws: ``MemberError/oneself``; `Problem` of kind `not_found` or `too_many_requests`.
  func draw(_ boundary: Boundary, between member: MemberID, and username: String) async throws {
    try limits.allowBoundary(by: member)
    let other = try await profile(username).profile.id
    guard other != member else { throw MemberError.oneself }
    try await db.transaction { tx in
      if boundary == .block { try await Follow.hold(member, other, in: tx) }
      let drawn = try await tx.write(
        boundary.drawing(between: member, and: other, at: clock.now())
      )
      guard boundary == .block, drawn.affectedCount == 1 else { return }
      try await Follow.end(between: member, and: other, in: tx)
      try await tx.publish(MemberBlocked(member: member, blocked: other))
    }
  }

  /// Takes a block or a mute back; without one nothing happens.
  ///
  /// - Throws: `Problem` of kind `not_found` or `too_many_requests`.
  func lift(_ boundary: Boundary, between member: MemberID, and username: String) async throws {
    try limits.allowBoundary(by: member)
    let other = try await profile(username).profile.id
    try await db.transaction { tx in
      let lifted = try await tx.write(boundary.lifting(between: member, and: other))
      guard boundary == .block, lifted.affectedCount == 1 else { return }
      try await tx.publish(MemberUnblocked(member: member, unblocked: other))
    }
  }
}

extension Accounts: BoundariesClient {
  /// The blocks between a member and others, in both directions, by one statement.
  public func blocks(of member: MemberID, among others: [MemberID]) async throws
    -> Set<MemberBlock>
  {
    guard !others.isEmpty else { return [] }
    let blocks = try await Block.where {
      ($0.memberID == member && $0.otherID.in(others))
        || ($0.otherID == member && $0.memberID.in(others))
    }
    .all(in: db)
    return Set(blocks.map { MemberBlock(by: $0.memberID, of: $0.otherID) })
  }

  /// Those among others whom a member has muted, by one statement.
  public func mutes(by member: MemberID, among others: [MemberID]) async throws -> Set<MemberID> {
    guard !others.isEmpty else { return [] }
    return Set(
      try await Mute.where { $0.memberID == member && $0.otherID.in(others) }.all(in: db)
        .map(\.otherID)
    )
  }
}
