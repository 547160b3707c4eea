/// What other apps may ask of Accounts about members who keep away from each other.
///
/// Ask it besides ``AccountsClient`` wherever one member reaches another one: two with a block between
/// them neither find nor write to each other; of a muted one a member is not told.
public protocol BoundariesClient: Sendable {
  /// The blocks between a member and others, in both directions.
  ///
  /// Cost: one statement, however many others.
  func blocks(of member: MemberID, among others: [MemberID]) async throws -> Set<MemberBlock>

  /// Those among others whom a member has muted.
  ///
  /// Cost: one statement, however many others.
  func mutes(by member: MemberID, among others: [MemberID]) async throws -> Set<MemberID>
}

/// That one member wants nothing to do with another one.
public struct MemberBlock: Hashable, Sendable {
  /// Who wants it.
  public let by: MemberID
  /// Whom they want nothing to do with.
  public let of: MemberID

  /// Makes a block of its two members.
  public init(by: MemberID, of: MemberID) {
    self.by = by
    self.of = of
  }
}
