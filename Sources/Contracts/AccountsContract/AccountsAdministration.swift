public import FoundationEssentials

/// What the panel for administrators may ask of Accounts, besides what every app may.
///
/// Whatever changes something asks again who the requester is: an administrator of this moment, or
/// the operator. For anybody else the member does not exist. Each act is recorded in the system log
/// in its own transaction.
public protocol AccountsAdministration: AccountsClient {
  /// Some members, the youngest first, behind one of them; by one statement.
  func records(
    _ filter: MemberFilter,
    after member: MemberID?,
    limit: Int
  ) async throws -> [MemberRecord]

  /// A member as administrators see it; nil when there is none, or none any more.
  func record(of member: MemberID) async throws -> MemberRecord?

  /// The sessions of a member that are stored, those last used first; at most `limit`.
  func sessions(of member: MemberID, limit: Int) async throws -> [SessionRecord]

  /// How many there are of each.
  func memberCounts() async throws -> MemberCounts

  /// Gives a member a role; does nothing when the member has it.
  func give(_ role: MemberRole, to member: MemberID, by requester: Requester) async throws

  /// Takes a role from a member; the last active administrator keeps it.
  func take(_ role: MemberRole, from member: MemberID, by requester: Requester) async throws

  /// Keeps a member from signing in, for a reason of 1 to 500 code points that the member is told,
  /// and ends every session at once.
  func suspend(_ member: MemberID, because reason: String, by requester: Requester) async throws

  /// Lets a suspended member sign in again.
  func unsuspend(_ member: MemberID, by requester: Requester) async throws

  /// Ends one session of a member; does nothing when it has ended.
  ///
  /// - Throws: `Problem` of kind `not_found`, for a session of somebody else, too.
  func end(_ session: SessionID, of member: MemberID, by requester: Requester) async throws

  /// Ends every session and every API token of a member.
  func signOutEverywhere(_ member: MemberID, by requester: Requester) async throws

  /// Has a member show no picture any more.
  func removeAvatar(of member: MemberID, by requester: Requester) async throws

  /// Sends the member a mail with a link for a new password; whoever asks never sees it.
  ///
  /// Suspended members and those without an address get none.
  func sendPasswordReset(to member: MemberID, by requester: Requester) async throws

  /// Some entries of the system log, newest first, before a position.
  func loggedActs(
    _ filter: LogFilter,
    before position: Int?,
    limit: Int
  ) async throws -> [LoggedAct]

  /// Walks the whole system log; `mark` is an entry that somebody noted elsewhere.
  func verifyLog(since mark: LogMark?) async throws -> LogVerdict

  /// Records an act of the panel that changes nothing in Accounts.
  func record(
    _ act: AdministrativeAct,
    by requester: Requester,
    details: [String: String]
  ) async throws

  /// The member with this username or e-mail address.
  func memberID(login: String) async throws -> MemberID?

  /// The switches and how they stand.
  func switches() async throws -> [SwitchRecord]

  /// Turns a switch; all nodes follow within seconds.
  func turn(_ name: SwitchName, on isOn: Bool, by requester: Requester) async throws
}

/// Who asks for an act of administration, and from where.
public struct Requester: Sendable {
  /// The administrator; nil for the operator at the command line.
  public let member: MemberID?
  /// What the browser called itself.
  public let userAgent: String
  /// The IP address; nil when there is none.
  public let address: String?
  /// The code of the language they read, such as `ru`: what members are written in who chose none.
  public let language: String?

  /// An administrator in a browser.
  public init(_ member: MemberID, userAgent: String, address: String?, language: String? = nil) {
    self.member = member
    self.userAgent = userAgent
    self.address = address
    self.language = language
  }

  private init() {
    member = nil
    userAgent = ""
    address = nil
    language = nil
  }

  /// The operator at the command line.
  public static let operatorOfServer = Requester()
}

/// What a member may do besides what every member may.
public enum MemberRole: String, Codable, CaseIterable, Sendable {
  /// Runs the installation.
  case administrator
  /// Looks after what members post.
  case moderator
}

/// What the panel did without changing anything in Accounts.
public struct AdministrativeAct: Hashable, Sendable {
  /// Its name in the system log.
  public let name: String
  /// How much it asks for attention; default some.
  public let level: LoggedAct.Level

  private init(_ name: String, level: LoggedAct.Level = .warning) {
    self.name = name
    self.level = level
  }

  /// Something of what follows was tried; whether it was done says the next entry of the act.
  public static let actTried = AdministrativeAct("act.tried", level: .info)
  /// A job was made due at once.
  public static let jobRetried = AdministrativeAct("job.retried")
  /// A job was called off.
  public static let jobCancelled = AdministrativeAct("job.cancelled")
  /// An event that was put aside is tried again.
  public static let eventRetried = AdministrativeAct("event.retried")
  /// An event that was put aside was given up.
  public static let eventSkipped = AdministrativeAct("event.skipped")
  /// The rows of a table were looked at.
  public static let tableOpened = AdministrativeAct("table.opened", level: .info)
  /// The system log was saved as a file.
  public static let logExported = AdministrativeAct("log.exported")
  /// The system log was walked through, to see whether it is whole.
  public static let logVerified = AdministrativeAct("log.verified", level: .info)
}

/// A member as administrators see it.
public struct MemberRecord: Hashable, Sendable {
  /// Names the member.
  public let id: MemberID
  /// The unique short name.
  public let username: String
  /// The name people read.
  public let displayName: String
  /// The picture that the member shows; nil without one.
  public let avatar: MemberAvatar?
  /// The address for mail; nil when the member gave none.
  public let email: String?
  /// The verified number in E.164 form; nil when the member gave none.
  public let phone: String?
  /// What the member may do besides.
  public let roles: [MemberRole]
  /// When the member signed up.
  public let joinedAt: Date
  /// When a session of the member was last used; nil when none is stored.
  public let lastUsedAt: Date?
  /// Since when the member may not sign in; nil for one who may.
  public let suspendedAt: Date?
  /// What the member was told.
  public let suspensionReason: String?
  /// Whether the member has an authenticator or a passkey.
  public let hasSecondFactor: Bool
  /// When the member leaves, who has asked to; nil for one who stays.
  public let departsAt: Date?

  /// Makes a record of its parts.
  public init(
    id: MemberID,
    username: String,
    displayName: String,
    avatar: MemberAvatar? = nil,
    email: String?,
    phone: String? = nil,
    roles: [MemberRole],
    joinedAt: Date,
    lastUsedAt: Date?,
    suspendedAt: Date?,
    suspensionReason: String?,
    hasSecondFactor: Bool,
    departsAt: Date?
  ) {
    self.id = id
    self.username = username
    self.displayName = displayName
    self.avatar = avatar
    self.email = email
    self.phone = phone
    self.roles = roles
    self.joinedAt = joinedAt
    self.lastUsedAt = lastUsedAt
    self.suspendedAt = suspendedAt
    self.suspensionReason = suspensionReason
    self.hasSecondFactor = hasSecondFactor
    self.departsAt = departsAt
  }
}

/// A session as administrators see it.
public struct SessionRecord: Hashable, Sendable {
  /// Names the session.
  public let id: SessionID
  /// Whether a browser has it; otherwise a program.
  public let isBrowser: Bool
  /// What the browser or program called itself.
  public let userAgent: String
  /// Where it was opened from.
  public let address: String?
  /// When the member signed in.
  public let openedAt: Date
  /// When it was last used, to the minute.
  public let lastUsedAt: Date
  /// When it ended or will end by itself.
  public let endsAt: Date
  /// Whether it can still be used.
  public let isOpen: Bool

  /// Makes a record of its parts.
  public init(
    id: SessionID,
    isBrowser: Bool,
    userAgent: String,
    address: String?,
    openedAt: Date,
    lastUsedAt: Date,
    endsAt: Date,
    isOpen: Bool
  ) {
    self.id = id
    self.isBrowser = isBrowser
    self.userAgent = userAgent
    self.address = address
    self.openedAt = openedAt
    self.lastUsedAt = lastUsedAt
    self.endsAt = endsAt
    self.isOpen = isOpen
  }
}

/// Which members are wanted; all present ones by default.
public struct MemberFilter: Hashable, Sendable {
  /// Which part of them.
  public enum Part: String, CaseIterable, Sendable {
    /// All who have not departed.
    case all
    /// Those who run the installation.
    case administrators
    /// Those who look after what is posted.
    case moderators
    /// Those who may not sign in.
    case suspended
  }

  /// A part of username, display name, e-mail address or phone number, whatever the case, and of names
  /// whatever the alphabet; nil for any.
  public var text: String?
  /// Which part of them.
  public var part = Part.all

  /// Wants all present members.
  public init() {}
}

/// How many members there are.
public struct MemberCounts: Hashable, Sendable {
  /// Who have not departed.
  public let members: Int
  /// Who signed up within a week.
  public let joinedLately: Int
  /// Who may not sign in.
  public let suspended: Int
  /// Sessions that can be used.
  public let openSessions: Int

  /// Makes counts of their parts.
  public init(members: Int, joinedLately: Int, suspended: Int, openSessions: Int) {
    self.members = members
    self.joinedLately = joinedLately
    self.suspended = suspended
    self.openSessions = openSessions
  }
}

/// What administrators can turn on and off while the servers run.
public enum SwitchName: String, Codable, CaseIterable, Sendable {
  /// Whether guests may sign up; on unless it was turned off.
  case signUp = "sign_up"
  /// Whether codes are sent by text message; on unless it was turned off, as while somebody has many
  /// sent at the operator's cost.
  case textMessages = "text_messages"
}

/// A switch and how it stands.
public struct SwitchRecord: Hashable, Sendable {
  /// Which one.
  public let name: SwitchName
  /// Whether it is on.
  public let isOn: Bool
  /// When it was turned last; nil when it never was.
  public let turnedAt: Date?

  /// Makes a record of its parts.
  public init(name: SwitchName, isOn: Bool, turnedAt: Date?) {
    self.name = name
    self.isOn = isOn
    self.turnedAt = turnedAt
  }
}
