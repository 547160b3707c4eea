public import ArtelEvents
public import ArtelIdentifiers

/// A member wants nothing to do with another one from now on.
///
/// Source: Accounts, in the transaction that stores the block.
public struct MemberBlocked: Event {
  /// Its name for ever.
  public static let name = "accounts.member.blocked"
  /// The version of its JSON.
  public static let version = 1

  /// Who wants it.
  public let member: MemberID

  /// Whom they want nothing to do with.
  public let blocked: MemberID

  /// Announces a block.
  public init(member: MemberID, blocked: MemberID) {
    self.member = member
    self.blocked = blocked
  }

  /// The member who blocks.
  public var aggregate: String { member.description }
}

/// A member has taken a block back.
///
/// Source: Accounts, in the transaction that removes the block. A departure removes blocks without
/// saying so: whoever keeps some forgets those of both sides with `MemberDeparted`.
public struct MemberUnblocked: Event {
  /// Its name for ever.
  public static let name = "accounts.member.unblocked"
  /// The version of its JSON.
  public static let version = 1

  /// Who took it back.
  public let member: MemberID

  /// Whom it was about.
  public let unblocked: MemberID

  /// Announces the end of a block.
  public init(member: MemberID, unblocked: MemberID) {
    self.member = member
    self.unblocked = unblocked
  }

  /// The member who blocked.
  public var aggregate: String { member.description }
}
