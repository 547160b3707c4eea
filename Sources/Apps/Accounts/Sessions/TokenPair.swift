import ArtelAuth
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb

/// What an API client gets at sign-in and at every refresh.
struct TokenPair: Sendable {
  let access: IssuedAccessToken
  let refresh: OpaqueToken
}

extension TokenPair: JSONWritable {
  /// The members of RFC 6749, section 5.1.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("access_token", access.text)
      json.field("refresh_token", refresh.text)
      json.field("token_type", "Bearer")
      json.field("expires_in", Int(access.expiresIn.components.seconds))
    }
  }
}

extension TokenPair: JSONResource {
  static let schemaName = "TokenPair"

  static let examples = [
    OpaqueToken("artel_rt_Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8", .refresh)
  ]
  .compactMap { token in
    token.map { refresh in
      TokenPair(
        access: IssuedAccessToken(
          text: "eyJhbGciOiJFUzI1NiJ9.e30.c2lnbmF0dXJl",
          expiresIn: .seconds(600)
        ),
        refresh: refresh
      )
    }
  }
}

extension Accounts {
  /// Signs a member in to an API client, or has it show the second factor.
  func enter(as member: Member, from origin: SessionOrigin) async throws -> Admission<TokenPair> {
    let admission = try await admit(member, from: origin) { standing, tx in
      try await openAPISession(of: member, standing: standing, from: origin, in: tx)
    }
    switch admission {
    case .opened(let (session, token)):
      return .opened(try await pair(session, of: member, refresh: token))
    case .challenged(let challenge): return .challenged(challenge)
    }
  }

  func openAPISession(
    of member: Member,
    standing: Standing,
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    in tx: Transaction
  ) async throws -> (session: Session, token: OpaqueToken) {
    let opened = member.openAPISession(
      from: origin,
      bySecondFactor: bySecondFactor,
      at: clock.now(),
      in: tx
    )
    try await note(opened.session, of: member, standing: standing, from: origin, in: tx)
    return opened
  }

  /// Signs an API client in that shows the second factor.
  ///
  /// - Throws: ``SecondFactorError``; `Problem` 429.
  func openAPISession(_ form: ChallengeForm, from origin: SessionOrigin) async throws -> TokenPair {
    guard let challenge = OpaqueToken(form.challenge, .challenge) else {
      throw SecondFactorError.challengeClosed
    }
    let (member, session, token) = try await answer(challenge, code: form.code, from: origin) {
      member,
      tx in
      let opened = try await openAPISession(
        of: member,
        standing: member.standing(from: origin, at: clock.now(), in: tx),
        from: origin,
        bySecondFactor: true,
        in: tx
      )
      return (member, opened.session, opened.token)
    }
    return try await pair(session, of: member, refresh: token)
  }

  /// Signs an access token for a session and puts it beside its refresh token.
  func pair(
    _ session: Session,
    of member: Member,
    refresh: OpaqueToken
  ) async throws -> TokenPair {
    let access = try await tokens.issue(
      member: member.id,
      session: session.id,
      isAdministrator: member.isAdministrator,
      isModerator: member.isModerator
    )
    return TokenPair(access: access, refresh: refresh)
  }
}
