public import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Accounts: AccountsAdministration {
  /// Some members, the youngest first, behind one of them; by one statement.
  public func records(
    _ filter: MemberFilter,
    after member: MemberID?,
    limit: Int
  ) async throws -> [MemberRecord] {
    try await records(where: filter.condition(behind: member), limit: limit)
  }

  /// A member as administrators see it; nil when there is none, or none any more.
  public func record(of member: MemberID) async throws -> MemberRecord? {
    try await records(where: "departed_at is null and id = \(member)", limit: 1).first
  }

  private func records(where wanted: SQL, limit: Int) async throws -> [MemberRecord] {
    let rows = try await db.read(
      """
      select id, username, display_name, email, is_administrator, is_moderator, created_at,
        (select max(last_used_at) from sessions where member_id = members.id),
        suspended_at, suspension_reason,
        exists (select from totp_secrets where member_id = members.id and confirmed_at is not null)
          or exists (select from passkeys where member_id = members.id),
        avatar_large, departs_at, phone
      from members where \(wanted) order by id desc limit \(limit)
      """
    )
    return try rows.map { row in
      let id: MemberID = try row.decode(at: 0)
      var roles: [MemberRole] = []
      if try row.decode(Bool.self, at: 4) { roles.append(.administrator) }
      if try row.decode(Bool.self, at: 5) { roles.append(.moderator) }
      return MemberRecord(
        id: id,
        username: try row.decode(at: 1),
        displayName: try row.decode(at: 2),
        avatar: MemberAvatar(of: id, large: try row.decode(at: 11)),
        email: try row.decode(at: 3),
        phone: try row.decode(at: 13),
        roles: roles,
        joinedAt: try row.decode(at: 6),
        lastUsedAt: try row.decode(at: 7),
        suspendedAt: try row.decode(at: 8),
        suspensionReason: try row.decode(at: 9),
        hasSecondFactor: try row.decode(at: 10),
        departsAt: try row.decode(at: 12)
      )
    }
  }

  /// The sessions of a member that are stored, those last used first; at most `limit`.
  public func sessions(of member: MemberID, limit: Int) async throws -> [SessionRecord] {
    let now = clock.now()
    return try await Session.where { $0.memberID == member }
      .order {
        $0.lastUsedAt.descending
        $0.id.descending
      }
      .limit(limit)
      .all(in: db)
      .map { session in
        SessionRecord(
          id: session.id,
          isBrowser: session.kind == .page,
          userAgent: session.userAgent,
          address: session.address,
          openedAt: session.createdAt,
          lastUsedAt: session.lastUsedAt,
          endsAt: session.revokedAt ?? session.expiresAt,
          isOpen: session.revokedAt == nil && session.expiresAt > now
        )
      }
  }

  /// How many there are of each; by one statement that counts.
  public func memberCounts() async throws -> MemberCounts {
    let now = clock.now()
    let row = try await db.read(
      """
      select count(*), count(*) filter (where created_at > \(now - 7 * 86_400)),
        count(*) filter (where suspended_at is not null),
        (select count(*) from sessions where revoked_at is null and expires_at > \(now))
      from members where departed_at is null
      """
    )[0]
    return MemberCounts(
      members: try row.decode(at: 0),
      joinedLately: try row.decode(at: 1),
      suspended: try row.decode(at: 2),
      openSessions: try row.decode(at: 3)
    )
  }

  /// Records an act of the panel that changes nothing in Accounts.
  ///
  /// - Throws: `Problem` of kind `not_found` when the requester is no administrator.
  public func record(
    _ act: AdministrativeAct,
    by requester: Requester,
    details: [String: String]
  ) async throws {
    try await db.transaction { tx in
      try await requester.require(in: tx)
      tx.record(
        Act(act.name, level: LogLevel(rawValue: act.level.rawValue) ?? .warning),
        by: requester.member,
        about: nil,
        from: requester.origin,
        details: details,
        at: clock.now()
      )
    }
  }
}

extension MemberFilter {
  /// The condition on a row of `members`; what is looked for by text is found by indexes.
  func condition(behind member: MemberID?) -> SQL {
    var wanted: SQL = "departed_at is null"
    switch part {
    case .all: break
    case .administrators: wanted.append(" and is_administrator")
    case .moderators: wanted.append(" and is_moderator")
    case .suspended: wanted.append(" and suspended_at is not null")
    }
    if let text, !text.isEmpty {
      // In whichever alphabet; and as it is written, since parts of words have other keys than words.
      let key: SQL = "(select '%' || nullif(btrim(name_key(\(text))), '') || '%')"
      let written: SQL = "lower(\(LikePattern.containing(text)))"
      wanted.append(
        """
         and (name_key(username) like \(key) or name_key(display_name) like \(key)
          or lower(username) like \(written) or lower(display_name) like \(written)
          or lower(email) like \(written) or phone like \(written))
        """
      )
    }
    if let member { wanted.append(" and id < \(member)") }
    return wanted
  }
}

extension Requester {
  /// - Throws: `Problem` of kind `not_found` unless the requester is an administrator of this moment,
  ///   or the operator.
  func require(in tx: Transaction) async throws {
    guard let member else { return }
    let isAdministrator = try await Member.where {
      $0.id == member && $0.isAdministrator && $0.isActive
    }
    .exists(in: tx)
    guard isAdministrator else { throw Problem.notFound }
  }
}
