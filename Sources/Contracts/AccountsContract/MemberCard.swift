/// What every app may show of a member.
public struct MemberCard: Codable, Hashable, Sendable {
  /// Names the member.
  public let id: MemberID
  /// The unique name for addresses and mentions: 3 to 50 ASCII characters.
  public let username: String
  /// The name people read: 2 to 100 code points.
  public let displayName: String
  /// Grows with every change of the card; a card with a smaller version is older.
  public let version: Int

  /// Makes a card of its parts.
  public init(id: MemberID, username: String, displayName: String, version: Int) {
    self.id = id
    self.username = username
    self.displayName = displayName
    self.version = version
  }

  private enum CodingKeys: String, CodingKey {
    case id, username, version
    case displayName = "display_name"
  }
}
