/// What was done, as the system log names it: a noun and what became of it, such as
/// `password.changed`; lowercase words with dots and underscores, at most 100 characters, for ever.
struct Act: Hashable, Sendable {
  let name: String
  /// How much it asks for attention; default none.
  let level: LogLevel

  init(_ name: String, level: LogLevel = .info) {
    self.name = name
    self.level = level
  }
}

extension Act {
  /// Somebody signed up.
  static let memberJoined = Act("member.joined")
  /// Somebody signed in.
  static let sessionOpened = Act("session.opened")
  /// A password was wrong, or nobody has the login.
  static let sessionRefused = Act("session.refused", level: .warning)
  /// Somebody signed out.
  static let sessionEnded = Act("session.ended")
  /// A refresh token was shown a second time: one of the two who had it is a thief.
  static let refreshTokenReused = Act("refresh_token.reused", level: .error)
  /// A member left for good.
  static let memberDeparted = Act("member.departed", level: .warning)
  /// A member became an administrator.
  static let memberPromoted = Act("member.promoted", level: .warning)
  /// The first administrator was made by the one-time link.
  static let setupLinkUsed = Act("setup_link.used", level: .warning)
  /// Access tokens are signed with another key.
  static let signingKeyRotated = Act("signing_key.rotated", level: .warning)
  /// The oldest entries of the log were deleted.
  static let logPruned = Act("log.pruned")
}
