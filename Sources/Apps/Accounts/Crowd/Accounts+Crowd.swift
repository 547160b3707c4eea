public import AccountsContract
import ArtelAuth
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
public import FoundationEssentials

/// The crowd: made-up members of `artel demo --scale`, called crowd1, crowd2 and so on.
extension Accounts {
  /// Where the addresses of the crowd are; no mail arrives there.
  static let crowdDomain = "crowd.example.org"

  /// How many members the crowd has; 0 when there is none.
  public func crowdCount() async throws -> Int {
    try await Member.query.ofCrowd.count(in: db)
  }

  /// Whether somebody signed up who is neither of the crowd nor of the demo; reads every member.
  public func hasStrangers() async throws -> Bool {
    try await Member.where { $0.departedAt == nil }
      .where("coalesce(email, '') not like '%@example.org'")
      .where("coalesce(email, '') not like \("%@\(Accounts.crowdDomain)")")
      .exists(in: db)
  }

  /// Makes the crowd with those whom each of it follows, all together or nothing.
  ///
  /// All have the same password. The second one is a moderator. They joined in the 1,000 days before
  /// `now`; a few are followed by many, and a few follow up to 1,000. The other apps are told nothing:
  /// they are given ``crowd()`` and ``follows(inCrowdAfter:limit:)``.
  ///
  /// Locks members and follows against everybody until it ends.
  public func makeCrowd(_ count: Int, password: String, at now: Date) async throws {
    let hash = try await passwords.hash(password)
    try await db.transaction { tx in
      try await tx.makeDrawing()
      try await tx.withoutIndexes(on: ["members", "follows"]) {
        _ = try await tx.write(Member.crowd(count, passwordHash: hash, at: now))
        _ = try await tx.write(Follow.crowd(count, at: now))
      }
      try await tx.dropDrawing()
    }
    try await db.withLease { try await $0.script("vacuum (analyze) members, follows") }
  }

  /// The cards of the whole crowd, in the order in which they joined.
  public func crowd() async throws -> [MemberCard] {
    try await Member.query.ofCrowd.order { $0.id }.all(in: db).map(\.card)
  }

  /// Who follows whom, behind `pair` in the order of the ids; fewer than `limit` are the last.
  public func follows(after pair: MemberFollowed?, limit: Int) async throws -> [MemberFollowed] {
    let first = MemberID(high: 0, low: 0)
    let rows = try await db.read(
      """
      select follower_id, following_id from follows
      where (follower_id, following_id) > (\(pair?.follower ?? first), \(pair?.following ?? first))
      order by follower_id, following_id limit \(limit)
      """
    )
    return try rows.map {
      MemberFollowed(follower: try $0.decode(at: 0), following: try $0.decode(at: 1))
    }
  }
}

extension Query where Row == Member {
  fileprivate var ofCrowd: Query {
    `where`("email like \("%@\(Accounts.crowdDomain)")")
  }
}

extension Member {
  /// The statement that makes the members of the crowd.
  fileprivate static func crowd(_ count: Int, passwordHash: String, at now: Date) -> SQL {
    """
    insert into members (id, username, display_name, email, password_hash, is_moderator,
      created_at, updated_at, last_seen_at)
    select pg_temp.key(1, joined_at, n), 'crowd' || n,
      (array['Ада', 'Vera', 'Miles', 'Тимофей', 'Ingrid', 'Ульяна', 'Kenji', 'Глеб', 'Clara', 'Олег',
        'Nadia', 'Егор'])[1 + pg_temp.pick(n, 1, 12, 1)] || ' ' ||
      (array['Hartley', 'Зорин', 'Solheim', 'Mori', 'Whitcombe', 'Ким', 'Olsen', 'Лис', 'Brandt',
        'Ветер'])[1 + pg_temp.pick(n, 2, 10, 1)],
      'crowd' || n || '@' || \(Accounts.crowdDomain), \(passwordHash), n = 2,
      joined_at, joined_at, \(now)::timestamptz - pg_temp.chance(n, 3) * interval '30 days'
    from (
      select n, \(now)::timestamptz - (\(count) - n) * interval '1000 days' / \(count) as joined_at
      from generate_series(1, \(count)::bigint) as n
    ) as numbered
    """
  }
}

extension Follow {
  /// The statement that makes the follows of the crowd: a dozen of each member on average, of few up to
  /// 1,000, and of no member more than half of the others.
  fileprivate static func crowd(_ count: Int, at now: Date) -> SQL {
    """
    with crowd as (
      select id, ('x' || right(id::text, 12))::bit(48)::bigint as n
      from members where email like \("%@\(Accounts.crowdDomain)")
    ), pairs as (
      select distinct n, 1 + pg_temp.pick(n * 1000 + choice, 5, \(count), 3) as other
      from crowd cross join lateral generate_series(
        1, least(\(count) / 2, floor(2 / (pg_temp.chance(n, 4) + 0.002))::bigint)
      ) as choice
    )
    insert into follows (id, follower_id, following_id, created_at, updated_at)
    select pg_temp.key(2, followed_at, number), follower, following, followed_at, followed_at
    from (
      select row_number() over (order by pairs.n, pairs.other) as number,
        one.id as follower, other.id as following,
        \(now)::timestamptz - pg_temp.chance(pairs.n * 1000003 + pairs.other, 6) * interval '900 days'
          as followed_at
      from pairs
      join crowd as one on one.n = pairs.n
      join crowd as other on other.n = pairs.other
      where pairs.n <> pairs.other
    ) as numbered
    """
  }
}
