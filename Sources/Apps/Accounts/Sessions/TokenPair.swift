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
  /// Signs an entrant in to an API client, or has it take another step.
  func enter(as entrant: Entrant, from origin: SessionOrigin) async throws -> Admission<TokenPair> {
    let admission = try await admit(entrant, from: origin) { standing, tx in
      let opened = try await openAPISession(
        of: entrant.member,
        standing: standing,
        from: origin,
        in: tx
      )
      return (entrant.member, opened.session, opened.token)
    }
    return try await pair(admission)
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

  /// Signs an API client in that shows the second factor, or has it ask for another password.
  ///
  /// - Throws: ``SecondFactorError``; `Problem` 429.
  func openAPISession(
    _ form: ChallengeForm,
    from origin: SessionOrigin
  ) async throws -> Admission<TokenPair> {
    guard let challenge = OpaqueToken(form.challenge, .challenge) else {
      throw SecondFactorError.challengeClosed
    }
    let admission = try await answer(challenge, code: form.code, from: origin) { member, tx in
      let opened = try await openAPISession(
        of: member,
        standing: member.standing(from: origin, at: clock.now(), in: tx),
        from: origin,
        bySecondFactor: true,
        in: tx
      )
      return (member, opened.session, opened.token)
    }
    return try await pair(admission)
  }

  /// Signs an API client in whose member chooses another password.
  ///
  /// - Throws: As ``answer(_:newPassword:in:from:open:)``.
  func openAPISession(
    _ form: PasswordReplacementForm,
    in language: Language,
    from origin: SessionOrigin
  ) async throws -> TokenPair {
    guard let challenge = OpaqueToken(form.challenge, .challenge) else {
      throw SecondFactorError.challengeClosed
    }
    let (member, session, token) = try await answer(
      challenge,
      newPassword: form.password,
      in: language,
      from: origin
    ) { member, bySecondFactor, tx in
      let opened = try await openAPISession(
        of: member,
        standing: member.standing(from: origin, at: clock.now(), in: tx),
        from: origin,
        bySecondFactor: bySecondFactor,
        in: tx
      )
      return (member, opened.session, opened.token)
    }
    return try await pair(session, of: member, refresh: token)
  }

  private func pair(
    _ admission: Admission<(Member, Session, OpaqueToken)>
  ) async throws -> Admission<TokenPair> {
    switch admission {
    case .opened(let (member, session, token)):
      .opened(try await pair(session, of: member, refresh: token))
    case .challenged(let challenge, let step): .challenged(challenge, step)
    }
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
