import AccountsContract
public import ArtelConcurrency
import ArtelWeb

/// The limits of one kind of attempt each, so that passwords cannot be guessed by trying.
public struct CredentialRates: Sendable {
  /// New accounts from one address; default 20 an hour.
  public var signUp = RateLimit(20, per: .seconds(3600))
  /// Sign-ins from one address, whatever the login; default 60 in 10 minutes.
  public var signInByAddress = RateLimit(60, per: .seconds(600))
  /// Passwords tried with one login, and for one member, from one address; default 10 in a row and 30
  /// an hour: fewer than come back from everywhere, so that one machine locks nobody else out.
  public var signInByLoginAndAddress = RateLimit(10, per: .seconds(1200))
  /// Passwords tried with one login, and for one member, from everywhere; default 40 in a row and 40
  /// an hour, so at most 80 within any hour.
  ///
  /// Many machines at once can keep a member from signing in by password for as long; passkeys and open
  /// sessions work.
  public var signInByLogin = RateLimit(40, per: .seconds(3600))
  /// Passwords shown by one member who is signed in; default 10 in a row and 10 an hour.
  ///
  /// Apart from those of signing in, which strangers can use up.
  public var passwordByMember = RateLimit(10, per: .seconds(3600))
  /// Refreshes, and codes of second factors, from one address; default 120 a minute.
  public var refresh = RateLimit(120, per: .seconds(60))
  /// Changes of their profile by one member; default 30 in 10 minutes, as every one is told to all
  /// apps.
  public var profile = RateLimit(30, per: .seconds(600))
  /// Searches for members by one member; default 60 a minute.
  public var memberSearch = RateLimit(60, per: .seconds(60))
  /// Blocks, mutes and follows begun and ended by one member; default 60 in 10 minutes.
  public var boundary = RateLimit(60, per: .seconds(600))
  /// Changes of their preferences by one member; default 60 a minute.
  public var preference = RateLimit(60, per: .seconds(60))
  /// Mails and text messages.
  public var messages = MessageRates()
  /// Codes of a member's second factor from everywhere; default 20 an hour.
  public var secondFactor = RateLimit(20, per: .seconds(3600))
  /// New API tokens of a member; default 30 an hour.
  public var newToken = RateLimit(30, per: .seconds(3600))

  /// Errors of pages that one address tells; default 30 in 10 minutes.
  public var browserErrors = RateLimit(30, per: .seconds(600))
  /// Errors of pages that everybody together tells one node; default 600 an hour, so that nobody
  /// can fill the log from many addresses.
  public var allBrowserErrors = RateLimit(600, per: .seconds(3600))

  /// The defaults.
  public init() {}

  /// The defaults, with `factor` times as many attempts: for many people behind one address.
  public init(times factor: Int) {
    self.init()
    signUp = signUp.times(factor)
    signInByAddress = signInByAddress.times(factor)
    signInByLoginAndAddress = signInByLoginAndAddress.times(factor)
    signInByLogin = signInByLogin.times(factor)
    passwordByMember = passwordByMember.times(factor)
    refresh = refresh.times(factor)
    profile = profile.times(factor)
    memberSearch = memberSearch.times(factor)
    boundary = boundary.times(factor)
    preference = preference.times(factor)
    messages = messages.times(factor)
    secondFactor = secondFactor.times(factor)
    newToken = newToken.times(factor)
    browserErrors = browserErrors.times(factor)
    allBrowserErrors = allBrowserErrors.times(factor)
  }
}

/// Counts the attempts on this node.
struct CredentialLimits: Sendable {
  private let signUp: RateLimiter
  private let signInByAddress: RateLimiter
  private let signInByLoginAndAddress: RateLimiter
  private let signInByLogin: RateLimiter
  private let signInByMemberAndAddress: RateLimiter
  private let signInByMember: RateLimiter
  private let passwordByMember: RateLimiter
  private let refresh: RateLimiter
  private let profile: RateLimiter
  private let memberSearch: RateLimiter
  private let boundary: RateLimiter
  private let preference: RateLimiter
  let messages: MessageLimits
  private let secondFactor: RateLimiter
  private let newToken: RateLimiter
  private let browserErrors: RateLimiter
  private let allBrowserErrors: RateLimiter
  private let errorsTold: RateLimiter
  private let reuseTold: RateLimiter
  private let breachTold: RateLimiter

  init(_ rates: CredentialRates, clock: WallClock) {
    signUp = RateLimiter(rates.signUp, clock: clock)
    signInByAddress = RateLimiter(rates.signInByAddress, clock: clock)
    signInByLoginAndAddress = RateLimiter(rates.signInByLoginAndAddress, clock: clock)
    signInByLogin = RateLimiter(rates.signInByLogin, clock: clock)
    signInByMemberAndAddress = RateLimiter(rates.signInByLoginAndAddress, clock: clock)
    signInByMember = RateLimiter(rates.signInByLogin, clock: clock)
    passwordByMember = RateLimiter(rates.passwordByMember, clock: clock)
    refresh = RateLimiter(rates.refresh, clock: clock)
    profile = RateLimiter(rates.profile, clock: clock)
    memberSearch = RateLimiter(rates.memberSearch, clock: clock)
    boundary = RateLimiter(rates.boundary, clock: clock)
    preference = RateLimiter(rates.preference, clock: clock)
    messages = MessageLimits(rates.messages, clock: clock)
    secondFactor = RateLimiter(rates.secondFactor, clock: clock)
    newToken = RateLimiter(rates.newToken, clock: clock)
    browserErrors = RateLimiter(rates.browserErrors, clock: clock)
    allBrowserErrors = RateLimiter(rates.allBrowserErrors, clock: clock)
    errorsTold = RateLimiter(
      RateLimit(1, per: .seconds(3600)),
      maximumKeys: 10_000,
      clock: clock
    )
    reuseTold = RateLimiter(RateLimit(3, per: .seconds(3600)), clock: clock)
    breachTold = RateLimiter(RateLimit(1, per: .seconds(86_400)), clock: clock)
  }

  /// - Throws: ``Problem`` of kind `too_many_requests`, like the others.
  func allowSignUp(from network: String?) throws {
    try signUp.take(for: network).allow()
  }

  func allowSignIn(_ login: String, from network: String?) throws {
    let login = login.lowercased()
    try signInByAddress.take(for: network).allow()
    try signInByLoginAndAddress.take(for: Attempt(login: login, network: network)).allow()
    try signInByLogin.take(for: login).allow()
  }

  /// Whether a password may be tried for this member, by whichever of their names.
  ///
  /// A value, as whoever signs in must not be told: it would tell which names are one member's.
  func allowsPassword(of member: MemberID, from network: String?) -> Bool {
    let attempt = Attempt(login: "\(member)", network: network)
    return signInByMemberAndAddress.take(for: attempt).isAllowed
      && signInByMember.take(for: member).isAllowed
  }

  /// Lets a member who is signed in show their password.
  func allowPassword(of member: MemberID, from network: String?) throws {
    try signInByAddress.take(for: network).allow()
    try allowPassword(of: member)
  }

  /// Lets a member who is signed in show their password, wherever they are.
  func allowPassword(of member: MemberID) throws {
    try passwordByMember.take(for: member).allow()
  }

  func allowRefresh(from network: String?) throws {
    try refresh.take(for: network).allow()
  }

  func allowProfileChange(by member: MemberID) throws {
    try profile.take(for: member).allow()
  }

  func allowMemberSearch(by member: MemberID) throws {
    try memberSearch.take(for: member).allow()
  }

  func allowBoundary(by member: MemberID) throws {
    try boundary.take(for: member).allow()
  }

  func allowPreference(by member: MemberID) throws {
    try preference.take(for: member).allow()
  }

  func allowPasskey(from network: String?) throws {
    try signInByAddress.take(for: network).allow()
  }

  func allowSecondFactor(of member: MemberID) throws {
    try secondFactor.take(for: member).allow()
  }

  func allowNewToken(of member: MemberID) throws {
    try newToken.take(for: member).allow()
  }

  func allowBrowserError(from network: String?) throws {
    try browserErrors.take(for: network).allow()
    try allBrowserErrors.take(for: "all").allow()
  }

  /// Whether nobody told this node of the same error within the last hour.
  func isFirstToTell(_ fingerprint: String) -> Bool {
    errorsTold.take(for: fingerprint).isAllowed
  }

  /// Whether a member may be told once more of a code that was shown again: three times an hour, or whoever
  /// shows one for ever fills their mailbox and pushes out older notices.
  func mayTellOfReuse(to member: MemberID) -> Bool {
    reuseTold.take(for: member).isAllowed
  }

  /// Whether a member may be told again that their password is known from a breach: once a day, as
  /// whoever knows it may give it for ever.
  func mayTellOfBreach(to member: MemberID) -> Bool {
    breachTold.take(for: member).isAllowed
  }
}

/// Who tries which login.
private struct Attempt: Hashable {
  let login: String
  let network: String?
}
