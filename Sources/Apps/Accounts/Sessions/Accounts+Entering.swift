import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Hummingbird

extension Accounts {
  /// Opens a session for the browser that sent the request and sets its cookie.
  ///
  /// A session the browser had before ends, so that no forgotten one stays open.
  func enter(as member: Member, _ request: Request, _ context: WebContext) async throws {
    let origin = SessionOrigin(request, context)
    if let principal = context.principal, principal.source == .cookie {
      try await signOut(principal.sessionID, of: principal.memberID, from: origin)
    }
    let token = try await db.transaction { tx in
      let (session, token) = try await member.openPageSession(
        from: origin,
        at: clock.now(),
        in: tx
      )
      try await announce(session, of: member, in: tx)
      try await session.recordOpening(from: origin, in: tx)
      return token
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

extension SessionOrigin {
  /// Where a session that this request opens comes from.
  init(_ request: Request, _ context: WebContext) {
    userAgent = request.headers[.userAgent] ?? ""
    address = context.clientAddress
  }
}
