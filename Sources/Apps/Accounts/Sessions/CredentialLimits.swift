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
  /// Refreshes from one address; default 120 a minute.
  public var refresh = RateLimit(120, per: .seconds(60))
  /// Mails and text messages.
  public var messages = MessageRates()

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
    messages = messages.times(factor)
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
  let messages: MessageLimits

  init(_ rates: CredentialRates, clock: WallClock) {
    signUp = RateLimiter(rates.signUp, clock: clock)
    signInByAddress = RateLimiter(rates.signInByAddress, clock: clock)
    signInByLoginAndAddress = RateLimiter(rates.signInByLoginAndAddress, clock: clock)
    signInByLogin = RateLimiter(rates.signInByLogin, clock: clock)
    refresh = RateLimiter(rates.refresh, clock: clock)
    messages = MessageLimits(rates.messages, clock: clock)
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

  func allowRefresh(from network: String?) throws {
    try refresh.take(for: network).allow()
  }
}

extension RateVerdict {
  /// Lets an attempt pass that is within its limit.
  ///
  /// - Throws: ``Problem`` of kind `too_many_requests` for others.
  func allow() throws {
    guard let retryAfter else { return }
    var problem = Problem.tooManyRequests(retryAfter: retryAfter)
    problem.headers.append(HTTPField(name: .rateLimitLimit, value: "\(limit)"))
    problem.headers.append(HTTPField(name: .rateLimitRemaining, value: "\(remaining)"))
    problem.headers.append(HTTPField(name: .rateLimitReset, value: "\(resetSeconds)"))
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
