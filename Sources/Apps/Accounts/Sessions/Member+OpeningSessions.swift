import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// Where a session comes from, for its member to recognize it in a list.
struct SessionOrigin: Sendable {
  /// What the client called itself; at most 512 code points are kept.
  let userAgent: String
  /// An IP address; nil when it is unknown.
  let address: String?
}

extension Session {
  /// How long a session lives after it was last used: 30 days.
  static let lifetime: TimeInterval = 30 * 86_400
}

extension Member {
  /// Opens a session for a browser, which keeps the token in its cookie; `bySecondFactor` says whether
  /// the member showed one.
  func openPageSession(
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    at now: Date,
    in writer: some StatementWriter
  ) async throws -> (session: Session, token: OpaqueToken) {
    let token = OpaqueToken.generate(.pageSession)
    var session = session(.page, digest: token.digest, from: origin, at: now)
    if bySecondFactor { session.secondFactorAt = now }
    session = try await writer.insert(session)
    try await signInNote(at: now).run(in: writer)
    return (session, token)
  }

  /// Opens a session for an API client, which renews its access with the token; one round trip.
  func openAPISession(
    from origin: SessionOrigin,
    bySecondFactor: Bool = false,
    at now: Date,
    in tx: Transaction
  ) async throws -> (session: Session, token: OpaqueToken) {
    let token = OpaqueToken.generate(.refresh)
    var session = session(.api, digest: nil, from: origin, at: now)
    if bySecondFactor { session.secondFactorAt = now }
    _ = try await tx.pipelined([
      session.insertion, RefreshToken(token, of: session, at: now).insertion,
      signInNote(at: now).sql,
    ])
    return (session, token)
  }

  private func signInNote(at now: Date) -> Update<Member> {
    Member.update {
      $0.lastSignedInAt = now
      $0.lastSeenAt = now
    }
    .where { $0.id == id && $0.departedAt == nil }
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
      userAgent: String(String.UnicodeScalarView(origin.userAgent.unicodeScalars.prefix(512))),
      address: origin.address,
      createdAt: now,
      lastUsedAt: now,
      expiresAt: now + Session.lifetime
    )
  }
}

extension Session {
  /// Records that the member signed in.
  func recordOpening(from origin: SessionOrigin, in tx: Transaction) async throws {
    try await tx.record(
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
