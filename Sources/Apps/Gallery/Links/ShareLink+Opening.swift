import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension Query where Row == ShareLink {
  /// The links that lead to a post at this moment.
  func working(at now: Date) -> Query {
    `where`(
      """
      (expires_at is null or expires_at > \(now)) and exists (
        select from posts join members on members.id = posts.author_id
        where posts.id = post_id and posts.state = 'kept' and members.departed_at is null
      )
      """
    )
  }
}

extension Gallery {
  /// The link with a token; one statement.
  ///
  /// - Throws: `Problem` of kind `not_found`, alike for one that never was, whose time is over, that was
  ///   revoked, and whose post is gone.
  func link(_ text: String) async throws -> ShareLink {
    guard let token = OpaqueToken(text, .shareLink) else { throw Problem.notFound }
    let digest = Bytea(token.digest.bytes)
    let links = ShareLink.where { $0.digest == digest }.working(at: clock.now())
    guard let link = try await links.first(in: db) else { throw Problem.notFound }
    return link
  }

  /// What a browser shows from now on instead of the password of a link; nil for a wrong password.
  ///
  /// - Throws: `Problem` of kind `too_many_requests`; `BlockingPoolError` when too many passwords wait.
  func pass(
    to link: ShareLink,
    for password: String,
    from network: String?
  ) async throws -> ResponseCookie? {
    try linkLimits.take(for: link.id, from: network)
    guard let hash = link.passwordHash else { return nil }
    guard try await passwords.verify(password, against: hash) else { return nil }
    return link.pass(from: clock.now())
  }
}

extension ShareLink {
  /// How long a browser that has shown the password need not show it again.
  private static let passLifetime: Duration = .seconds(12 * 3_600)

  private static let passPurpose = "pass"

  /// Whether somebody with these cookies sees the post: the link has no password, or they have shown it.
  func isOpen(to cookies: RequestCookies, at now: Date) -> Bool {
    guard let passKey else { return true }
    let parts = (cookies[passName] ?? "").split(separator: ".")
    guard parts.count == 2, let end = Int(parts[0]), Double(end) > now.timeIntervalSince1970,
      let seal = Digest(hex: String(parts[1]))
    else { return false }
    return passKey.isHash(seal.bytes, of: "\(end)", for: Self.passPurpose)
  }

  fileprivate func pass(from now: Date) -> ResponseCookie? {
    guard let passKey else { return nil }
    let end = Int(now.timeIntervalSince1970) + Int(Self.passLifetime.components.seconds)
    let seal = passKey.hash("\(end)", for: Self.passPurpose)
    return ResponseCookie(
      passName,
      value: "\(end).\(Digest(bytes: seal)?.hex ?? "")",
      lifetime: Self.passLifetime
    )
  }

  private var passName: CookieName { CookieName(stringLiteral: "artel_link_\(id)") }

  /// The hash of the password is a secret that the server alone has, and another one for every link; a
  /// link that is revoked takes it along.
  private var passKey: SecretKey? {
    passwordHash.map { SecretKey("share link \(id)", from: Array($0.utf8)) }
  }
}

/// How often the passwords of links may be tried on this node.
struct LinkLimits: Sendable {
  /// One link from one network: 10 in 10 minutes.
  private let byNetwork: RateLimiter
  /// One link from everywhere: 100 an hour, so that a guess takes years and a stranger who knows the
  /// address cannot easily lock others out.
  private let byLink: RateLimiter

  init(clock: WallClock) {
    byNetwork = RateLimiter(RateLimit(10, per: .seconds(600)), clock: clock)
    byLink = RateLimiter(RateLimit(100, per: .seconds(3_600)), clock: clock)
  }

  private struct Attempt: Hashable {
    let link: ShareLinkID
    let network: String?
  }

  /// - Throws: `Problem` of kind `too_many_requests`.
  fileprivate func take(for link: ShareLinkID, from network: String?) throws {
    try byNetwork.take(for: Attempt(link: link, network: network)).allow()
    try byLink.take(for: link).allow()
  }
}
