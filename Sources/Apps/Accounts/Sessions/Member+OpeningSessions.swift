import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// Where a session comes from, for its member to recognize it in a list.
struct SessionOrigin: Sendable {
  /// What the client called itself; at most 512 code points are kept.
  let userAgent: String
  /// An IP address; nil when it is unknown.
  let address: String?
  /// What the answer is written in, and letters about what was asked for; nil when it is unknown.
  var language: Language?

  /// What a session keeps of the user agent.
  var client: String { String(String.UnicodeScalarView(userAgent.unicodeScalars.prefix(512))) }
}

extension Session {
  /// How long a session lives after it was last used: 30 days.
  static let lifetime: TimeInterval = 30 * 86_400
}

extension Member {
  /// Opens a session for a browser with the commit, which keeps the token in its cookie;
  /// `bySecondFactor` says whether the member showed one.
  func openPageSession(
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    at now: Date,
    in tx: Transaction
  ) -> (session: Session, token: OpaqueToken) {
    let token = OpaqueToken.generate(.pageSession)
    var session = session(.page, digest: token.digest, from: origin, at: now)
    if bySecondFactor { session.secondFactorAt = now }
    tx.writeAtCommit(session.insertion)
    tx.writeAtCommit(signInNote(at: now))
    return (session, token)
  }

  /// Opens a session for an API client with the commit; the client renews its access with the token.
  func openAPISession(
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    at now: Date,
    in tx: Transaction
  ) -> (session: Session, token: OpaqueToken) {
    let token = OpaqueToken.generate(.refresh)
    var session = session(.api, digest: nil, from: origin, at: now)
    if bySecondFactor { session.secondFactorAt = now }
    tx.writeAtCommit(session.insertion)
    tx.writeAtCommit(RefreshToken(token, of: session, at: now).insertion)
    tx.writeAtCommit(signInNote(at: now))
    return (session, token)
  }

  // No indexed column: PostgreSQL then leaves all indexes of the row alone.
  private func signInNote(at now: Date) -> SQL {
    Member.update { $0.lastSignedInAt = now }.where { $0.id == id }.sql
  }

  private func session(
    _ kind: SessionKind,
    digest: TokenDigest?,
    from origin: SessionOrigin,
    at now: Date
  ) -> Session {
    Session(
      memberID: id,
      kind: kind,
      cookieDigest: digest.map { Bytea($0.bytes) },
      userAgent: origin.client,
      address: origin.address,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + Session.lifetime
    )
  }
}

extension Session {
  /// Records that the member signed in.
  func recordOpening(from origin: SessionOrigin, in tx: Transaction) {
    tx.record(
      .sessionOpened,
      by: memberID,
      about: memberID,
      from: origin,
      details: ["session": id.description, "kind": kind.rawValue],
      at: createdAt
    )
  }
}

extension RefreshToken {
  /// A token that renews a session; not stored yet.
  init(
    id: RefreshTokenID = .generate(),
    _ token: OpaqueToken,
    of session: Session,
    at now: Date
  ) {
    self.init(
      id: id,
      sessionID: session.id,
      digest: Bytea(token.digest.bytes),
      issuedAt: now,
      expiresAt: now + Session.lifetime
    )
  }
}
