import AccountsContract
public import ArtelAuth
import ArtelConcurrency
import ArtelWeb
import HTTPTypes

/// The limits of one kind of attempt each, so that passwords cannot be guessed by trying.
public struct CredentialRates: Sendable {
  /// New accounts from one address; default 20 an hour.
  public var signUp = RateLimit(20, per: .seconds(3600))
  /// Sign-ins from one address, whatever the login; default 60 in 10 minutes.
  public var signInByAddress = RateLimit(60, per: .seconds(600))
  /// Sign-ins with one login from one address; default 10 in 10 minutes.
  public var signInByLoginAndAddress = RateLimit(10, per: .seconds(600))
  /// Sign-ins with one login from everywhere; default 100 an hour, so that a stranger who knows a
  /// login cannot easily lock its member out.
  public var signInByLogin = RateLimit(100, per: .seconds(3600))
  /// Refreshes, and codes of second factors, from one address; default 120 a minute.
  public var refresh = RateLimit(120, per: .seconds(60))
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
    refresh = refresh.times(factor)
    secondFactor = secondFactor.times(factor)
    newToken = newToken.times(factor)
    browserErrors = browserErrors.times(factor)
    allBrowserErrors = allBrowserErrors.times(factor)
  }
}

extension RateLimit {
  fileprivate func times(_ factor: Int) -> RateLimit {
    RateLimit(burst * factor, per: period)
  }
}

/// Counts the attempts on this node.
struct CredentialLimits: Sendable {
  private let signUp: RateLimiter
  private let signInByAddress: RateLimiter
  private let signInByLoginAndAddress: RateLimiter
  private let signInByLogin: RateLimiter
  private let refresh: RateLimiter
  private let secondFactor: RateLimiter
  private let newToken: RateLimiter
  private let browserErrors: RateLimiter
  private let allBrowserErrors: RateLimiter
  private let errorsTold: RateLimiter

  init(_ rates: CredentialRates, clock: WallClock) {
    signUp = RateLimiter(rates.signUp, clock: clock)
    signInByAddress = RateLimiter(rates.signInByAddress, clock: clock)
    signInByLoginAndAddress = RateLimiter(rates.signInByLoginAndAddress, clock: clock)
    signInByLogin = RateLimiter(rates.signInByLogin, clock: clock)
    refresh = RateLimiter(rates.refresh, clock: clock)
    secondFactor = RateLimiter(rates.secondFactor, clock: clock)
    newToken = RateLimiter(rates.newToken, clock: clock)
    browserErrors = RateLimiter(rates.browserErrors, clock: clock)
    allBrowserErrors = RateLimiter(rates.allBrowserErrors, clock: clock)
    errorsTold = RateLimiter(
      RateLimit(1, per: .seconds(3600)),
      maximumKeys: 10_000,
      clock: clock
    )
  }

  /// - Throws: ``Problem`` of kind `too_many_requests`, like the others.
  func allowSignUp(from network: String?) throws {
    try allow(signUp.take(for: network))
  }

  func allowSignIn(_ login: String, from network: String?) throws {
    let login = login.lowercased()
    try allow(signInByAddress.take(for: network))
    try allow(signInByLoginAndAddress.take(for: Attempt(login: login, network: network)))
    try allow(signInByLogin.take(for: login))
  }

  func allowRefresh(from network: String?) throws {
    try allow(refresh.take(for: network))
  }

  func allowPasskey(from network: String?) throws {
    try allow(signInByAddress.take(for: network))
  }

  func allowSecondFactor(of member: MemberID) throws {
    try allow(secondFactor.take(for: member))
  }

  func allowNewToken(of member: MemberID) throws {
    try allow(newToken.take(for: member))
  }

  func allowBrowserError(from network: String?) throws {
    try allow(browserErrors.take(for: network))
    try allow(allBrowserErrors.take(for: "all"))
  }

  /// Whether nobody told this node of the same error within the last hour.
  func isFirstToTell(_ fingerprint: String) -> Bool {
    errorsTold.take(for: fingerprint).isAllowed
  }

  private func allow(_ verdict: RateVerdict) throws {
    guard let retryAfter = verdict.retryAfter else { return }
    var problem = Problem.tooManyRequests(retryAfter: retryAfter)
    problem.headers.append(HTTPField(name: .rateLimitLimit, value: "\(verdict.limit)"))
    problem.headers.append(HTTPField(name: .rateLimitRemaining, value: "\(verdict.remaining)"))
    problem.headers.append(HTTPField(name: .rateLimitReset, value: "\(verdict.resetSeconds)"))
    throw problem
  }
}

/// Who tries which login.
private struct Attempt: Hashable {
  let login: String
  let network: String?
}

extension HTTPField.Name {
  static let rateLimitLimit = known("RateLimit-Limit")
  static let rateLimitRemaining = known("RateLimit-Remaining")
  static let rateLimitReset = known("RateLimit-Reset")

  private static func known(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name.") }
    return name
  }
}
