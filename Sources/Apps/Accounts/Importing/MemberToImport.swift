public import ArtelImports
public import Foundation

extension ImportKind {
  /// A person with an account.
  public static let member = ImportKind("member")
  /// The picture that a member shows.
  public static let avatar = ImportKind("avatar")
  /// That one member follows another.
  public static let follow = ImportKind("follow")
}

/// A person with an account in another system, as it stands there.
public struct MemberToImport: Sendable {
  /// Their id there.
  public let id: ForeignID
  /// What they are called there; it need not be a username here.
  public let username: String
  /// Their address; it need not be one.
  public let email: String
  /// The hash of their password: bcrypt, or anything else, which opens nothing.
  public let passwordHash: String
  /// What they say of themselves.
  public let bio: String
  /// Whether they have shown that the address is theirs.
  public let isVerified: Bool
  /// When they joined; nil when that is not known.
  public let createdAt: Date?
  /// When something of it last changed; nil when that is not known.
  public let updatedAt: Date?

  /// Describes a person.
  public init(
    id: ForeignID,
    username: String,
    email: String,
    passwordHash: String,
    bio: String,
    isVerified: Bool,
    createdAt: Date?,
    updatedAt: Date?
  ) {
    self.id = id
    self.username = username
    self.email = email
    self.passwordHash = passwordHash
    self.bio = bio
    self.isVerified = isVerified
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

/// That one person follows another in another system.
public struct FollowToImport: Sendable {
  /// Its id there.
  public let id: ForeignID
  /// Who follows.
  public let follower: ForeignID
  /// Whom they follow.
  public let following: ForeignID
  /// Since when; nil when that is not known.
  public let createdAt: Date?

  /// Describes a follow.
  public init(id: ForeignID, follower: ForeignID, following: ForeignID, createdAt: Date?) {
    self.id = id
    self.follower = follower
    self.following = following
    self.createdAt = createdAt
  }
}
