/// What every app may show of a member.
public struct MemberCard: Codable, Hashable, Sendable {
  /// Names the member.
  public let id: MemberID
  /// The unique name for addresses and mentions: 3 to 50 ASCII characters.
  public let username: String
  /// The name people read: 2 to 100 code points.
  public let displayName: String
  /// What names the picture that the member shows in its addresses; nil without one.
  ///
  /// Cards of versions that knew no pictures have none.
  public let avatarKey: String?
  /// Grows with every change of the card; a card with a smaller version is older.
  public let version: Int

  /// Makes a card of its parts.
  public init(
    id: MemberID,
    username: String,
    displayName: String,
    avatarKey: String? = nil,
    version: Int
  ) {
    self.id = id
    self.username = username
    self.displayName = displayName
    self.avatarKey = avatarKey
    self.version = version
  }

  private enum CodingKeys: String, CodingKey {
    case id, username, version
    case displayName = "display_name"
    case avatarKey = "avatar_key"
  }

  /// The picture that the member shows; nil without one.
  public var avatar: MemberAvatar? { avatarKey.map { MemberAvatar(of: id, key: $0) } }
}
