public import ArtelIdentifiers
public import FoundationEssentials

/// Who an access token speaks for.
public struct AccessClaims: Hashable, Sendable {
  /// The member who signed in; claim `sub`.
  public let member: Identifier<AccountsMember>
  /// The session the token belongs to; claim `sid`.
  public let session: Identifier<AccountsSession>
  /// Whether the member ran the installation when the token was issued; claim `adm`.
  public let isAdministrator: Bool
  /// Whether the member was a moderator when the token was issued; claim `mod`.
  public let isModerator: Bool
  /// When the token was issued, to the second; claim `iat`.
  public let issuedAt: Date
  /// The first moment at which the token is worthless, to the second; claim `exp`.
  public let expiresAt: Date

  /// Makes claims of their parts.
  public init(
    member: Identifier<AccountsMember>,
    session: Identifier<AccountsSession>,
    isAdministrator: Bool,
    isModerator: Bool = false,
    issuedAt: Date,
    expiresAt: Date
  ) {
    self.member = member
    self.session = session
    self.isAdministrator = isAdministrator
    self.isModerator = isModerator
    self.issuedAt = issuedAt
    self.expiresAt = expiresAt
  }
}
