import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension Accounts {
  /// Lets members who came from another system follow whom they followed there; nobody is told.
  ///
  /// Who follows themselves, somebody who is not here, or somebody with a block between the two is refused.
  ///
  /// Cost: eight statements, however many follows; a few hundred are a good number.
  ///
  /// - Throws: `PostgresError`; none was taken then.
  public func importFollows(_ follows: [FollowToImport]) async throws -> ImportTally {
    try await db.transaction(retry: .retryable) { tx in
      var tally = ImportTally()
      try await ImportKind.hold(in: tx)
      let known = try await ImportKind.follow.known(follows.map(\.id), as: FollowID.self, in: tx)
      let fresh = follows.filter { known[$0.id] == nil }
      tally.known = follows.count - fresh.count
      let wanted = try await rows(for: fresh, &tally, in: tx)
      try await Follow.hold(wanted.map(\.follow), in: tx)
      let outcomes = try await Follow.insert(wanted.map(\.follow), in: tx)
      var taken: [(source: ForeignID, id: FollowID)] = []
      var events: [MemberFollowed] = []
      for (source, follow) in wanted {
        guard let isNew = outcomes[follow.id] else {
          tally.refuse(.follow, source, "not_allowed", "a block or a departure is between the two")
          continue
        }
        taken.append((source, follow.id))
        guard isNew else {
          tally.refuse(.follow, source, "double")
          continue
        }
        tally.taken += 1
        events.append(
          MemberFollowed(follower: follow.followerID, following: follow.followingID)
        )
      }
      try await tx.publish(contentsOf: events)
      try await ImportKind.follow.remember(taken, in: tx)
      return tally
    }
  }

  /// The follows between members who are here, none stored.
  private func rows(
    for follows: [FollowToImport],
    _ tally: inout ImportTally,
    in tx: Transaction
  ) async throws -> [(source: ForeignID, follow: Follow)] {
    let people = Set(follows.flatMap { [$0.follower, $0.following] })
    let members = try await ImportKind.member.known(Array(people), as: MemberID.self, in: tx)
    var wanted: [(source: ForeignID, follow: Follow)] = []
    for follow in follows {
      guard follow.follower != follow.following else {
        tally.refuse(.follow, follow.id, "oneself", "\(follow.follower)")
        continue
      }
      guard let follower = members[follow.follower], let following = members[follow.following]
      else {
        tally.refuse(.follow, follow.id, "member_missing", "\(follow.follower) \(follow.following)")
        continue
      }
      let since = ForeignText.time(follow.createdAt, now: clock.now()).time
      let row = Follow(
        followerID: follower,
        followingID: following,
        createdAt: since,
        updatedAt: since
      )
      wanted.append((follow.id, row))
    }
    return wanted
  }
}

extension Follow {
  /// As ``hold(_:_:in:)`` for many, in one order, so that two who do so never wait in a circle.
  fileprivate static func hold(_ follows: [Follow], in tx: Transaction) async throws {
    let pairs = follows.map {
      [$0.followerID.description, $0.followingID.description].sorted().joined(separator: " ")
    }
    _ = try await tx.read(
      """
      select pg_advisory_xact_lock(key) from (
        select distinct hashtextextended(pair, 0) as key from unnest(\(pairs)::text[]) as wanted (pair)
        order by key
      ) as keys
      """
    )
  }

  /// Stores follows between members who are here and have nothing against each other.
  ///
  /// - Returns: Of those that may be, whether they are new.
  fileprivate static func insert(
    _ follows: [Follow],
    in tx: Transaction
  ) async throws -> [FollowID: Bool] {
    let rows = try await tx.write(
      """
      with wanted as (
        select * from unnest(\(follows.map(\.id)), \(follows.map(\.followerID)),
          \(follows.map(\.followingID)), \(follows.map(\.createdAt)))
          as wanted (id, follower_id, following_id, created_at)
      ), allowed as (
        select wanted.*
        from wanted
        join members one on one.id = wanted.follower_id and one.departed_at is null
        join members other on other.id = wanted.following_id and other.departed_at is null
        where not exists (
          select from blocks
          where (member_id, other_id) in (
            (wanted.follower_id, wanted.following_id), (wanted.following_id, wanted.follower_id)
          )
        )
        for key share of one, other
      ), stored as (
        insert into follows (id, follower_id, following_id, created_at, updated_at)
        select id, follower_id, following_id, created_at, created_at from allowed
        on conflict (follower_id, following_id) do nothing
        returning id
      )
      select allowed.id, stored.id is not null from allowed left join stored using (id)
      """
    )
    let pairs = try rows.map { row -> (FollowID, Bool) in
      (try row.decode(at: 0), try row.decode(at: 1))
    }
    return Dictionary(pairs) { first, _ in first }
  }
}
