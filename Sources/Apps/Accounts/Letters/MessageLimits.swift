import AccountsContract
public import ArtelConcurrency
import ArtelWeb

/// How often letters may be asked for, and what they bring tried: each costs money, or somebody's
/// patience.
public struct MessageRates: Sendable {
  /// Letters asked for from one address: resets and codes; default 20 an hour.
  public var byAddress = RateLimit(20, per: .seconds(3600))
  /// Resets asked for one mail address, whether anybody has it or not; default 5 an hour.
  public var byMailAddress = RateLimit(5, per: .seconds(3600))
  /// Codes asked for one number, from everywhere; default 10 a day.
  public var byNumber = RateLimit(10, per: .seconds(86_400))
  /// Codes asked for one number from one address; default 4 in 20 minutes.
  public var byNumberAndAddress = RateLimit(4, per: .seconds(1200))
  /// Links and codes that one member asks for in the settings; default 5 an hour.
  public var byMember = RateLimit(5, per: .seconds(3600))
  /// Links, codes and new passwords at sign-in tried from one address; default 60 in 10 minutes.
  public var trying = RateLimit(60, per: .seconds(600))

  /// The defaults.
  public init() {}

  /// The rates with `factor` times as many from one address: for many people behind it.
  ///
  /// What one number or mail address gets stays the same.
  func times(_ factor: Int) -> MessageRates {
    var rates = self
    rates.byAddress = RateLimit(byAddress.burst * factor, per: byAddress.period)
    rates.trying = RateLimit(trying.burst * factor, per: trying.period)
    return rates
  }
}

/// Counts on this node how often letters were asked for.
struct MessageLimits: Sendable {
  private let byAddress: RateLimiter
  private let byMailAddress: RateLimiter
  private let byNumber: RateLimiter
  private let byNumberAndAddress: RateLimiter
  private let byMember: RateLimiter
  private let trying: RateLimiter

  init(_ rates: MessageRates, clock: WallClock) {
    byAddress = RateLimiter(rates.byAddress, clock: clock)
    byMailAddress = RateLimiter(rates.byMailAddress, clock: clock)
    byNumber = RateLimiter(rates.byNumber, clock: clock)
    byNumberAndAddress = RateLimiter(rates.byNumberAndAddress, clock: clock)
    byMember = RateLimiter(rates.byMember, clock: clock)
    trying = RateLimiter(rates.trying, clock: clock)
  }

  /// - Throws: ``Problem`` of kind `too_many_requests`, like the others.
  func allowReset(to address: String, from network: String?) throws {
    try byAddress.take(for: network).allow()
    try byMailAddress.take(for: address.lowercased()).allow()
  }

  func allowCode(to number: String, from network: String?) throws {
    try byAddress.take(for: network).allow()
    try byNumberAndAddress.take(for: Request(number: number, network: network)).allow()
    try byNumber.take(for: number).allow()
  }

  func allowLetters(of member: MemberID) throws {
    try byMember.take(for: member).allow()
  }

  func allowTrying(from network: String?) throws {
    try trying.take(for: network).allow()
  }

  /// Who asks for a code to which number.
  private struct Request: Hashable {
    let number: String
    let network: String?
  }
}
