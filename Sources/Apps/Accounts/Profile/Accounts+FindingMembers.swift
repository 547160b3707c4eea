import AccountsContract
import ArtelConcurrency
import ArtelPostgres
import ArtelWeb

/// What a member looks for among the others.
struct MemberSearchForm: Form {
  /// A part of a name.
  let query: String

  init(_ fields: inout FormReader) {
    query = fields.string("q", .trimmed, .length(1...100))
  }
}

/// A search of members by a part of their names, in the letters of either alphabet.
struct MemberSearch: Sendable {
  /// Most members it finds.
  static let limit = 20
  /// Of how many matches of one kind those are taken who were here last: what a search may cost.
  static let candidateLimit = 2000

  let query: String
  /// Who looks; nobody is found who has blocked them, or whom they have blocked.
  let viewer: MemberID

  /// The statement that finds the members.
  ///
  /// Display names come first, then usernames, then names that look alike; among each whoever was
  /// here last. A match begins where a word begins, or is another form of a Russian word. Slips of
  /// the fingers are looked for only where there is room left.
  var sql: SQL {
    """
    with typed as materialized (
      select name_key(\(query)) as key, plainto_tsquery('russian', \(query)) as words
    ), named as materialized (
      \(latest(0, "name_key(display_name) like \(pattern) or \(words)"))
    ), called as materialized (
      \(latest(1, "name_key(username) like \(pattern)"))
    ), alike as materialized (
      select a.id, 2 as class, a.last_seen_at
      from members_alike((select key from typed), \(Self.candidateLimit)::integer) a
      where (select count(*) from named) + (select count(*) from called) < \(Self.limit)
      order by a.likeness desc, a.last_seen_at desc nulls last limit \(Self.limit)
    ), found as (
      select id, min(class) as class from (
        select * from named union all select * from called union all select * from alike
      ) hits
      group by id
    )
    select \(MemberProfile.columns)
    from found join members m on m.id = found.id
    where not exists (
      select from blocks b
      where (b.member_id = \(viewer) and b.other_id = m.id)
        or (b.member_id = m.id and b.other_id = \(viewer))
    )
    order by found.class, m.last_seen_at desc nulls last, m.id desc limit \(Self.limit)
    """
  }

  // Subqueries, so that what is looked up in the indexes is folded once.
  private var pattern: SQL { "(select '%' || key || '%' from typed where key <> ' ')" }
  private var words: SQL {
    "to_tsvector('russian', display_name) @@ (select words from typed)"
  }

  private func latest(_ kind: Int, _ condition: SQL) -> SQL {
    """
    select * from (
      select id, \(kind)::int as class, last_seen_at from members
      where departed_at is null and (\(condition))
      limit \(Self.candidateLimit)
    ) matches
    order by last_seen_at desc nulls last, id desc limit \(Self.limit)
    """
  }
}

extension Accounts {
  /// The members whose names fit best, at most 20; one statement.
  func members(like query: String, for viewer: MemberID) async throws -> [MemberProfile] {
    let now = clock.now()
    return try await db.read(MemberSearch(query: query, viewer: viewer).sql).map {
      try MemberProfile(from: $0, at: now)
    }
  }
}
