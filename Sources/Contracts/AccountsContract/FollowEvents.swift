public import ArtelEvents
public import ArtelIdentifiers

/// A member wants to see first what another one shows.
///
/// Source: Accounts, in the transaction that stores it.
public struct MemberFollowed: Event {
  /// Its name for ever.
  public static let name = "accounts.member.followed"
  /// The version of its JSON.
  public static let version = 1

  /// Who follows.
  public let follower: MemberID

  /// Whom they follow.
  public let following: MemberID

  /// Announces that one member follows another.
  public init(follower: MemberID, following: MemberID) {
    self.follower = follower
    self.following = following
  }

  /// The member who follows.
  public var aggregate: String { follower.description }
}

/// A member follows another one no more: they took it back, or one of the two blocked the other.
///
/// Source: Accounts, in the transaction that ends it. A departure ends follows without saying so:
/// whoever keeps some forgets those of both sides with `MemberDeparted`.
public struct MemberUnfollowed: Event {
  /// Its name for ever.
  public static let name = "accounts.member.unfollowed"
  /// The version of its JSON.
  public static let version = 1

  /// Who followed.
  public let follower: MemberID

  /// Whom they followed.
  public let following: MemberID

  /// Announces the end of a follow.
  public init(follower: MemberID, following: MemberID) {
    self.follower = follower
    self.following = following
  }

  /// The member who followed.
  public var aggregate: String { follower.description }
}
