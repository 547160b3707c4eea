public import ArtelIdentifiers
public import FoundationEssentials

/// The member on whose behalf a request is made.
public struct Principal: Sendable, Equatable {
  /// How the request proved whose it is.
  public enum Source: Sendable, Equatable {
    /// An access token in the `Authorization` header.
    case bearer
    /// The session cookie of a browser; such requests are checked against cross-site forgery.
    case cookie
  }

  /// What every page shows of its member.
  public struct Profile: Sendable, Equatable {
    /// The name the member signs in with.
    public var username: String

    /// The name other members see.
    public var displayName: String

    /// The picture that the member shows of themselves; nil, the default, without one.
    public var picture: SquarePicture?

    /// How many notices the member has not read; default 0.
    public var unreadNotices: Int

    /// Where the page stands among the updates that it is told live; nil, the default, while that is
    /// not known.
    public var livePosition: String?

    /// The theme that the member has chosen, which goes before the browser's; nil, the default, while
    /// they have not.
    public var theme: Theme?

    /// The language that the member has chosen, which goes before the browser's; nil, the default,
    /// while they have not.
    public var language: Language?

    /// When the member leaves for good, unless they change their mind; nil, the default, for those
    /// who stay.
    public var departsAt: Date?

    /// Makes a profile.
    public init(
      username: String,
      displayName: String,
      picture: SquarePicture? = nil,
      unreadNotices: Int = 0,
      livePosition: String? = nil,
      theme: Theme? = nil,
      language: Language? = nil,
      departsAt: Date? = nil
    ) {
      self.username = username
      self.displayName = displayName
      self.picture = picture
      self.unreadNotices = unreadNotices
      self.livePosition = livePosition
      self.theme = theme
      self.language = language
      self.departsAt = departsAt
    }
  }

  /// When the member of a browser's session proved who they are.
  public struct Proof: Sendable, Equatable {
    /// When they last signed in with it, or proved it again.
    public var provedAt: Date

    /// When they last showed a code or a passkey in it; nil while they never did.
    public var secondFactorAt: Date?

    /// Makes a proof of what was already checked.
    public init(provedAt: Date, secondFactorAt: Date? = nil) {
      self.provedAt = provedAt
      self.secondFactorAt = secondFactorAt
    }
  }

  /// The member's id.
  public var memberID: Identifier<AccountsMember>

  /// The id of the session the token or the cookie belongs to; with an API token the token's own.
  public var sessionID: Identifier<AccountsSession>

  /// What pages show of the member; nil with a bearer token, which is accepted without asking the database.
  public var profile: Profile?

  /// How lately the member proved who they are; nil with a bearer token, which does not tell.
  public var proof: Proof?

  /// Whether the member administers this installation.
  public var isAdministrator: Bool

  /// Whether the member looks after what others post.
  public var isModerator: Bool

  /// How the request proved whose it is.
  public var source: Source

  /// What the API token of the request may be used for; nil, the default, for sessions, which are
  /// not limited.
  public var scopes: Set<TokenScope>?

  /// Makes a principal of facts that were already checked.
  public init(
    memberID: Identifier<AccountsMember>,
    sessionID: Identifier<AccountsSession>,
    profile: Profile? = nil,
    proof: Proof? = nil,
    isAdministrator: Bool = false,
    isModerator: Bool = false,
    source: Source,
    scopes: Set<TokenScope>? = nil
  ) {
    self.memberID = memberID
    self.sessionID = sessionID
    self.profile = profile
    self.proof = proof
    self.isAdministrator = isAdministrator
    self.isModerator = isModerator
    self.source = source
    self.scopes = scopes
  }
}
