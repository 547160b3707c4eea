import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Hummingbird

extension Accounts {
  /// Opens a session for the browser that sent the request and sets its cookie; where the member asks
  /// for a second factor the browser gets a challenge instead.
  ///
  /// A session the browser had before ends, so that no forgotten one stays open. What was chosen in
  /// the browser becomes the member's, where they have chosen nothing.
  func enter(as member: Member, _ request: Request, _ context: WebContext) async throws -> Entrance
  {
    if let challenge = try await challenge(member) {
      let lifetime = Duration.seconds(SignInChallenge.lifetime)
      context.setCookie(
        ResponseCookie(.challenge, value: challenge.text, lifetime: lifetime, sameSite: .strict)
      )
      return .challenged
    }
    let origin = SessionOrigin(request, context)
    let token = try await db.transaction { tx in
      try await openPageSession(
        of: member,
        from: origin,
        adopting: Preferences(context.cookies),
        in: tx
      )
    }
    try await enter(by: token, from: origin, context)
    return .entered
  }

  /// Opens a session for a browser that shows the second factor.
  ///
  /// - Throws: ``SecondFactorError``; `Problem` 429.
  func enter(
    by challenge: OpaqueToken,
    code: String,
    _ request: Request,
    _ context: WebContext
  ) async throws {
    let origin = SessionOrigin(request, context)
    let token = try await answer(challenge, code: code, from: origin) { member, tx in
      try await openPageSession(
        of: member,
        from: origin,
        bySecondFactor: true,
        adopting: Preferences(context.cookies),
        in: tx
      )
    }
    context.setCookie(.expired(.challenge))
    try await enter(by: token, from: origin, context)
  }

  /// Opens a page session and tells the member if it is news.
  func openPageSession(
    of member: Member,
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    adopting choice: Preferences = Preferences(),
    in tx: Transaction
  ) async throws -> OpaqueToken {
    let (session, token) = try await member.openPageSession(
      from: origin,
      bySecondFactor: bySecondFactor,
      at: clock.now(),
      in: tx
    )
    try await announce(session, of: member, in: tx)
    try await session.recordOpening(from: origin, in: tx)
    try await adopt(choice, for: member.id, in: tx)
    return token
  }

  /// Gives the browser the cookie of its session, and ends the one it had before.
  func enter(
    by token: OpaqueToken,
    from origin: SessionOrigin,
    _ context: WebContext
  ) async throws {
    if let principal = context.principal, principal.source == .cookie {
      try await signOut(principal.sessionID, of: principal.memberID, from: origin)
    }
    // As long as browsers allow: the database decides when the session ends, as using it moves
    // that.
    context.setCookie(
      ResponseCookie(.session, value: token.text, lifetime: .seconds(400 * 86_400))
    )
  }

  /// Ends the session of the browser that sent the request, if it has one.
  func leave(_ request: Request, _ context: WebContext) async throws {
    if let principal = context.principal, principal.source == .cookie {
      let origin = SessionOrigin(request, context)
      try await signOut(principal.sessionID, of: principal.memberID, from: origin)
    }
    context.setCookie(.expired(.session))
  }
}

/// What became of a browser whose member gave the right password.
enum Entrance: Sendable {
  /// It is signed in.
  case entered
  /// It has to show the second factor.
  case challenged
}

extension SessionOrigin {
  /// Where a session that this request opens comes from.
  init(_ request: Request, _ context: WebContext) {
    userAgent = request.headers[.userAgent] ?? ""
    address = context.clientAddress
  }
}
