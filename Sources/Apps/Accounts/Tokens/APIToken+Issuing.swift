import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import HTTPTypes

/// A token, and its text, which nobody can see again.
struct IssuedAPIToken: Sendable {
  let token: APIToken
  let secret: OpaqueToken
}

extension APIToken {
  /// The most that a member has at a time.
  static let limit = 50

  /// How long a token may work: a year.
  static let lifetimeDays = 1...366

  /// A token out of the system's randomness; not stored yet.
  static func generate(_ form: APITokenForm, of member: MemberID, at now: Date) -> IssuedAPIToken {
    let secret = OpaqueToken.generate(.api)
    let token = APIToken(
      memberID: member,
      digest: Bytea(secret.digest.bytes),
      name: form.name,
      scopes: Set(form.scopes).sorted(),
      createdAt: now,
      expiresAt: now + TimeInterval(form.lifetimeDays * 86_400)
    )
    return IssuedAPIToken(token: token, secret: secret)
  }

  /// The tokens of a member that were not revoked, the youngest first; expired ones stay for a while.
  static func known(of member: MemberID) -> Query<APIToken> {
    APIToken.where { $0.memberID == member && $0.revokedAt == nil }.order { $0.id.descending }
  }

  /// What stands for the token where otherwise a session does.
  var sessionID: SessionID { SessionID(high: id.high, low: id.low) }
}

extension Accounts {
  /// Makes a token for a program of a member.
  ///
  /// - Throws: ``APITokenError``; `Problem` of kind `validation` for a scope that there is not.
  func issueAPIToken(
    _ form: APITokenForm,
    of member: MemberID,
    from origin: SessionOrigin
  ) async throws -> IssuedAPIToken {
    let known = Set(scopes.map(\.rawValue))
    guard known.isSuperset(of: form.scopes) else { throw Problem.validation("scopes", .choice) }
    let now = clock.now()
    return try await db.transaction { tx in
      // Locked, so that the limit holds for those made at the same time, too.
      let owner = try await Member.query.forUpdate().find(member, in: tx)
      let count = try await APIToken.known(of: member).where { $0.expiresAt > now }.count(in: tx)
      guard count < APIToken.limit else { throw APITokenError.tooMany }
      let issued = APIToken.generate(form, of: member, at: now)
      let stored = try await tx.insert(issued.token)
      let facts = ["name": stored.name, "token": "\(stored.id)"]
      try await tell(owner, of: .tokenCreated, facts, from: origin, at: now, in: tx)
      tx.record(
        .apiTokenCreated,
        by: member,
        about: member,
        from: origin,
        details: [
          "token": "\(stored.id)", "name": stored.name,
          "scopes": stored.scopes.joined(separator: " "),
        ],
        at: now
      )
      return IssuedAPIToken(token: stored, secret: issued.secret)
    }
  }

  /// Ends a token of a member: it is refused from now on.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has no such token.
  func revokeAPIToken(
    _ id: APITokenID,
    of member: MemberID,
    from origin: SessionOrigin
  ) async throws {
    let now = clock.now()
    let token = try await db.transaction { tx in
      let revoked = try await APIToken.update { $0.revokedAt = now }
        .where { $0.id == id && $0.memberID == member && $0.revokedAt == nil }
        .returning(in: tx)
      guard let token = revoked.first else { throw Problem.notFound }
      tx.record(
        .apiTokenRevoked,
        by: member,
        about: member,
        from: origin,
        details: ["token": "\(id)", "name": token.name],
        at: now
      )
      return token
    }
    forget(token.sessionID)
  }
}

extension APIToken {
  /// Ends every token of a member who leaves, and removes what tells of a person.
  ///
  /// - Returns: What stood for those that still worked.
  static func removeTraces(
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> [SessionID] {
    try await APIToken.update {
      $0.name = "departed"
      $0.lastAddress = nil
      $0.set(APIToken.columns.revokedAt, to: "coalesce(revoked_at, \(now))")
    }
    .where { $0.memberID == member }
    .returning(in: tx)
    .map(\.sessionID)
  }

  /// Ends every token of a member that still works.
  ///
  /// - Returns: What stood for them.
  static func endAll(
    of member: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> [SessionID] {
    try await APIToken.update { $0.revokedAt = now }
      .where { $0.memberID == member && $0.revokedAt == nil }
      .returning(in: tx)
      .map(\.sessionID)
  }

  /// The statement that deletes tokens that ended long enough ago that nobody looks for them.
  ///
  /// Revoked ones stay for a day, as other nodes learn of them here, expired ones for 30 days.
  static func deletion(of count: Int, at now: Date) -> SQL {
    """
    delete from api_tokens where id = any(array(
      select id from api_tokens
      where revoked_at <= \(now - 86_400) or expires_at <= \(now - 30 * 86_400)
      limit \(count) for update skip locked
    ))
    """
  }
}

/// Why there is no token.
enum APITokenError: Error, Hashable {
  /// 409: the member has as many as one may have.
  case tooMany
}

extension APITokenError: ProblemConvertible {
  var problem: Problem { Problem(.tooManyTokens) }
}

extension Problem.Kind {
  /// 409: a member has as many API tokens as one may have.
  static let tooManyTokens = Problem.Kind("too_many_tokens", status: .conflict)
}

extension Act {
  /// A member made an API token.
  static let apiTokenCreated = Act("api_token.created")
  /// A member ended an API token.
  static let apiTokenRevoked = Act("api_token.revoked")
}
