import AccountsContract
import ArtelAuth
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// Whose a session cookie is.
struct SignedInBrowser: Sendable {
  let session: SessionID
  let member: MemberID
  let username: String
  let displayName: String
  let avatar: MemberAvatar?
  let isAdministrator: Bool
  let isModerator: Bool
  /// How lately the member proved who they are.
  let proof: Principal.Proof
  let unreadNotices: Int
  /// What the member has chosen; nil while they have not.
  let theme: Theme?
  let language: Language?
  /// When the member leaves for good; nil for those who stay.
  let departsAt: Date?
  let expiresAt: Date
  let lastUsedAt: Date
  /// When this was read from the database.
  let learnedAt: Date
  /// How far ``ChangedMembers`` had counted before that.
  var round = 0
  /// Where pages stand among the updates that were made of this; nil while that is not known.
  var livePosition: String?
}

extension SignedInBrowser {
  /// Finds the open session with this cookie; nil when there is none or its member may not sign in.
  ///
  /// One statement, and never the password hash: this is on the way of every page.
  init?(_ digest: TokenDigest, at now: Date, in reader: some StatementReader) async throws {
    let rows = try await reader.read(
      """
      select s.id, m.id, m.username, m.display_name, m.is_administrator, s.expires_at, s.last_used_at,
        (select count(*) from notices where notices.member_id = m.id and read_at is null),
        p.theme, p.language, m.is_moderator, m.departs_at, m.avatar_large,
        coalesce(s.proved_at, s.created_at), s.second_factor_at
      from sessions s join members m on m.id = s.member_id
      left join preferences p on p.member_id = m.id
      where s.cookie_digest = \(Bytea(digest.bytes))
        and s.revoked_at is null and s.expires_at > \(now) and m.is_active
      """
    )
    guard let row = rows.first else { return nil }
    session = try row.decode(at: 0)
    member = try row.decode(at: 1)
    username = try row.decode(at: 2)
    displayName = try row.decode(at: 3)
    isAdministrator = try row.decode(at: 4)
    expiresAt = try row.decode(at: 5)
    lastUsedAt = try row.decode(at: 6)
    unreadNotices = try row.decode(at: 7)
    theme = try row.decode(String?.self, at: 8).flatMap(Theme.init(rawValue:))
    language = try row.decode(String?.self, at: 9).flatMap(Language.init(rawValue:))
    isModerator = try row.decode(at: 10)
    departsAt = try row.decode(at: 11)
    avatar = MemberAvatar(of: member, large: try row.decode(at: 12))
    proof = Principal.Proof(
      provedAt: try row.decode(at: 13),
      secondFactorAt: try row.decode(at: 14)
    )
    learnedAt = now
  }
}
