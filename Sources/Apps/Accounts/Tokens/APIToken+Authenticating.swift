import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// Whose an API token is, and what it may be used for.
struct KnownAPIToken: Sendable {
  let id: APITokenID
  let session: SessionID
  let member: MemberID
  let scopes: Set<TokenScope>
  let expiresAt: Date
  /// When this was read from the database.
  let learnedAt: Date
}

extension Accounts {
  /// How long a token's owner is remembered: as long a suspended member may go unseen.
  private static let memory: TimeInterval = 5

  /// Whose a token is; one statement every 5 seconds.
  ///
  /// The principal is never an administrator: a token that leaks must not give the house away.
  func principal(apiToken text: String) async throws -> Principal? {
    guard let token = OpaqueToken(text, .api) else { return nil }
    let now = clock.now()
    guard let known = try await apiToken(token.digest, at: now), known.expiresAt > now,
      !tokens.revocations.isRevoked(known.session)
    else { return nil }
    return Principal(
      memberID: known.member,
      sessionID: known.session,
      source: .bearer,
      scopes: known.scopes
    )
  }

  private func apiToken(_ digest: TokenDigest, at now: Date) async throws -> KnownAPIToken? {
    if let known = apiTokens[digest], abs(now.timeIntervalSince(known.learnedAt)) < Self.memory {
      return known
    }
    let known = try await KnownAPIToken(digest, at: now, in: db)
    apiTokens[digest] = known
    return known
  }
}

extension KnownAPIToken {
  /// Finds the token with this digest; nil when there is none, or none that works.
  init?(_ digest: TokenDigest, at now: Date, in reader: some StatementReader) async throws {
    let rows = try await reader.read(
      """
      select t.id, t.member_id, t.scopes, t.expires_at
      from api_tokens t join members m on m.id = t.member_id
      where t.digest = \(Bytea(digest.bytes))
        and t.revoked_at is null and t.expires_at > \(now) and m.is_active
      """
    )
    guard let row = rows.first else { return nil }
    id = try row.decode(at: 0)
    session = SessionID(high: id.high, low: id.low)
    member = try row.decode(at: 1)
    scopes = Set(try row.decode([String].self, at: 2).map(TokenScope.init(rawValue:)))
    expiresAt = try row.decode(at: 3)
    learnedAt = now
  }
}
