public import ArtelEvents
public import ArtelIdentifiers

/// Somebody has an account now.
///
/// Source: Accounts, in the transaction that stores the account.
public struct MemberJoined: Event {
  /// Its name for ever.
  public static let name = "accounts.member.joined"
  /// The version of its JSON.
  public static let version = 1

  /// What others may show of the member.
  public let member: MemberCard

  /// Announces a member.
  public init(member: MemberCard) {
    self.member = member
  }

  /// The member.
  public var aggregate: String { member.id.description }
}

/// The card of a member is another one now.
///
/// Source: Accounts, in the transaction that stores the change.
public struct MemberChanged: Event {
  /// Its name for ever.
  public static let name = "accounts.member.changed"
  /// The version of its JSON.
  public static let version = 1

  /// The whole card as it is now; its version is greater than before.
  public let member: MemberCard

  /// Announces a changed card.
  public init(member: MemberCard) {
    self.member = member
  }

  /// The member.
  public var aggregate: String { member.id.description }
}

/// A member is gone for good, and everything of theirs is to go.
///
/// Source: Accounts, in the transaction that removes the account. The id is never given to anybody else.
public struct MemberDeparted: Event {
  /// Its name for ever.
  public static let name = "accounts.member.departed"
  /// The version of its JSON.
  public static let version = 1

  /// Who departed.
  public let member: MemberID

  /// Greater than that of every card of the member.
  public let memberVersion: Int

  /// Announces a departure.
  public init(member: MemberID, memberVersion: Int) {
    self.member = member
    self.memberVersion = memberVersion
  }

  /// The member.
  public var aggregate: String { member.description }

  private enum CodingKeys: String, CodingKey {
    case member
    case memberVersion = "member_version"
  }
}
