import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb
import Hummingbird

extension Accounts {
  /// Opens a session for the browser that sent the request and sets its cookie; where there is another
  /// step to take the browser gets a challenge instead.
  ///
  /// A session the browser had before ends, so that no forgotten one stays open. What was chosen in
  /// the browser becomes the member's, where they have chosen nothing.
  func enter(
    as entrant: Entrant,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Entrance {
    let origin = SessionOrigin(request, context)
    let admission = try await admit(entrant, from: origin) { standing, tx in
      try await openPageSession(
        of: entrant.member,
        standing: standing,
        from: origin,
        adopting: Preferences(context.cookies),
        in: tx
      )
    }
    return try await enter(by: admission, from: origin, context)
  }

  /// Opens a session for a browser that shows the second factor, or has it ask for another password.
  ///
  /// - Throws: ``SecondFactorError``; `Problem` 429.
  func enter(
    by challenge: OpaqueToken,
    code: String,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Entrance {
    let origin = SessionOrigin(request, context)
    let admission = try await answer(challenge, code: code, from: origin) { member, tx in
      try await openPageSession(
        of: member,
        from: origin,
        bySecondFactor: true,
        adopting: Preferences(context.cookies),
        in: tx
      )
    }
    return try await enter(by: admission, from: origin, context)
  }

  /// Opens a session for a browser whose member chooses another password.
  ///
  /// - Throws: As ``answer(_:newPassword:in:from:open:)``.
  func enter(
    by challenge: OpaqueToken,
    newPassword: String,
    _ request: Request,
    _ context: WebContext
  ) async throws -> Entrance {
    let origin = SessionOrigin(request, context)
    let token = try await answer(
      challenge,
      newPassword: newPassword,
      in: context.language,
      from: origin
    ) { member, bySecondFactor, tx in
      try await openPageSession(
        of: member,
        from: origin,
        bySecondFactor: bySecondFactor,
        adopting: Preferences(context.cookies),
        in: tx
      )
    }
    return try await enter(by: .opened(token), from: origin, context)
  }

  /// Gives the browser what it needs for its session, or for the next step.
  private func enter(
    by admission: Admission<OpaqueToken>,
    from origin: SessionOrigin,
    _ context: WebContext
  ) async throws -> Entrance {
    switch admission {
    case .opened(let token):
      if context.cookies[.challenge] != nil { context.setCookie(.expired(.challenge)) }
      try await enter(by: token, from: origin, context)
      return .entered
    case .challenged(let challenge, let step):
      context.setCookie(
        ResponseCookie(
          .challenge,
          value: challenge.text,
          lifetime: .seconds(step.lifetime),
          sameSite: .strict
        )
      )
      return .challenged(step)
    }
  }

  /// Opens a page session and tells the member if it is news.
  ///
  /// `standing` is where the member stands, if that was asked already; nil, the default, asks.
  func openPageSession(
    of member: Member,
    standing: Standing? = nil,
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    adopting choice: Preferences = Preferences(),
    in tx: Transaction
  ) async throws -> OpaqueToken {
    let (session, token) = member.openPageSession(
      from: origin,
      bySecondFactor: bySecondFactor,
      at: clock.now(),
      in: tx
    )
    try await note(session, of: member, standing: standing, from: origin, in: tx)
    try await adopt(choice, for: member.id, in: tx)
    return token
  }

  /// Tells the member of a session if it is news, and notes it.
  func note(
    _ session: Session,
    of member: Member,
    standing: Standing?,
    from origin: SessionOrigin,
    in tx: Transaction
  ) async throws {
    let known: Standing
    if let standing {
      known = standing
    } else {
      known = try await member.standing(from: origin, at: session.createdAt, in: tx)
    }
    if known.isNews { try await announce(session, of: member, in: tx) }
    session.recordOpening(from: origin, in: tx)
    tx.afterCommit { [sightings] in sightings.note(member.id, at: session.createdAt) }
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
    if context.cookies[.challenge] != nil { context.setCookie(.expired(.challenge)) }
  }
}

/// What became of a browser whose member gave the right password.
enum Entrance: Sendable {
  /// It is signed in.
  case entered
  /// There is a step to take first.
  case challenged(SignInStep)
}

extension SessionOrigin {
  /// Where a session that this request opens comes from.
  init(_ request: Request, _ context: WebContext) {
    userAgent = request.headers[.userAgent] ?? ""
    address = context.clientAddress
    language = context.language
  }
}
