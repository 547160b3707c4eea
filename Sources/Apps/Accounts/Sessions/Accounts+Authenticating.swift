import ArtelAuth
import ArtelConcurrency
public import ArtelWeb
import FoundationEssentials

extension Accounts {
  /// Tells whose a request is: by access token without a statement, by cookie with one statement
  /// every 5 seconds.
  public var authenticator: Authenticator {
    Authenticator(
      bearer: { try await principal(bearer: $0) },
      cookie: { try await principal(cookie: $0) },
      noteUse: { tokenUses.note($0.sessionID, from: $1, at: clock.now()) }
    )
  }

  /// How long a cookie's owner is remembered: as long a lost right may go unseen, and what changes on
  /// another node.
  private static let memory: TimeInterval = 5

  private func principal(bearer token: String) async throws -> Principal? {
    if token.hasPrefix(OpaqueTokenKind.api.prefix) { return try await principal(apiToken: token) }
    guard let claims = try await claims(token) else { return nil }
    sightings.note(claims.member, at: clock.now())
    return Principal(
      memberID: claims.member,
      sessionID: claims.session,
      isAdministrator: claims.isAdministrator,
      isModerator: claims.isModerator,
      source: .bearer
    )
  }

  private func claims(_ token: String) async throws -> AccessClaims? {
    do {
      return try await tokens.verify(token)
    } catch .unknownKey {
      // Another node may have begun to sign with a key that this one has not seen.
      guard try await learnUnknownKeys() else { return nil }
      return try? await tokens.verify(token)
    } catch {
      return nil
    }
  }

  private func principal(cookie text: String) async throws -> Principal? {
    guard let token = OpaqueToken(text, .pageSession) else { return nil }
    let now = clock.now()
    guard let browser = try await browser(token.digest, at: now), browser.expiresAt > now,
      !tokens.revocations.isRevoked(browser.session)
    else { return nil }
    sightings.note(browser.member, at: now)
    return Principal(
      memberID: browser.member,
      sessionID: browser.session,
      profile: Principal.Profile(
        username: browser.username,
        displayName: browser.displayName,
        picture: SquarePicture(browser.avatar),
        unreadNotices: browser.unreadNotices,
        livePosition: browser.livePosition,
        theme: browser.theme,
        language: browser.language,
        departsAt: browser.departsAt
      ),
      proof: browser.proof,
      isAdministrator: browser.isAdministrator,
      isModerator: browser.isModerator,
      source: .cookie
    )
  }

  private func browser(_ digest: TokenDigest, at now: Date) async throws -> SignedInBrowser? {
    if let known = browsers[digest], abs(now.timeIntervalSince(known.learnedAt)) < Self.memory,
      !changedMembers.hasChanged(known.member, since: known.round)
    {
      return known
    }
    let round = changedMembers.round
    // Taken before notices are counted: what happens in between is told twice rather than not at all.
    let position = livePosition()
    guard var browser = try await SignedInBrowser(digest, at: now, in: db) else {
      browsers[digest] = nil
      return nil
    }
    browser.livePosition = position
    browser.round = round
    browsers[digest] = browser
    if browser.lastUsedAt <= now - 60 {
      try await Session.keepOpen(browser.session, at: now, in: db)
    }
    return browser
  }

  /// Looks at the database for the next request of the browser that sent this one, on this node.
  ///
  /// Noted of its member: what another request of the browser has just read, and is about to remember, is
  /// old then, too.
  func forgetBrowser(_ context: WebContext) {
    if let principal = context.principal { changedMembers.note(principal.memberID) }
  }
}
