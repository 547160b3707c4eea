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
      try await openAPISession(of: entrant.member, standing: standing, from: origin, in: tx)
    }
    return try await pair(admission)
  }

  /// What was opened for an API client: whose it is, and the refresh token.
  typealias OpenedAPISession = (member: Member, session: Session, token: OpaqueToken)

  /// Opens a session for an API client and tells the member if it is news.
  ///
  /// `standing` is where the member stands, if that was asked already; nil, the default, asks.
  func openAPISession(
    of member: Member,
    standing: Standing? = nil,
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    in tx: Transaction
  ) async throws -> OpenedAPISession {
    let opened = member.openAPISession(
      from: origin,
      bySecondFactor: bySecondFactor,
      at: clock.now(),
      in: tx
    )
    try await note(opened.session, of: member, standing: standing, from: origin, in: tx)
    return (member, opened.session, opened.token)
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
      try await openAPISession(of: member, from: origin, bySecondFactor: true, in: tx)
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
    let opened = try await answer(
      challenge,
      newPassword: form.password,
      in: language,
      from: origin
    ) { member, bySecondFactor, tx in
      try await openAPISession(of: member, from: origin, bySecondFactor: bySecondFactor, in: tx)
    }
    return try await pair(opened)
  }

  private func pair(
    _ admission: Admission<OpenedAPISession>
  ) async throws -> Admission<TokenPair> {
    switch admission {
    case .opened(let opened): .opened(try await pair(opened))
    case .challenged(let challenge, let step): .challenged(challenge, step)
    }
  }

  /// Signs an access token for a session and puts it beside its refresh token.
  func pair(_ opened: OpenedAPISession) async throws -> TokenPair {
    let access = try await tokens.issue(
      member: opened.member.id,
      session: opened.session.id,
      isAdministrator: opened.member.isAdministrator,
      isModerator: opened.member.isModerator
    )
    return TokenPair(access: access, refresh: opened.token)
  }
}
