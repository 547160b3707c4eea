import AccountsContract
import ArtelModel
import ArtelPostgres
import Foundation

/// Makes the rows of the crowd, in one transaction.
///
/// What several statements need stands in temporary tables: `crowd_members`, `crowd_posts`,
/// `crowd_comments` and so on, each with a number `n` for every row. `place` is how popular a post or a
/// comment is, the most popular at 1.
struct MakeCrowd: Sendable {
  let size: Gallery.CrowdSize
  let memberCount: Int
  let now: Date
  let tx: Transaction
  let progress: @Sendable (String) -> Void

  /// What is filled with the indexes and foreign keys off.
  private static let large = [
    "posts", "pictures", "thumbnails", "sent_files", "post_tags", "comments", "votes",
    "album_posts",
  ]

  /// Every table that gets rows.
  static let tables =
    large + [
      "members", "follows", "member_usages", "tags", "albums", "moderation_cases", "reports",
    ]

  /// A twentieth of the votes is on comments.
  var commentVotes: Int { size.votes / 20 }
  var postVotes: Int { size.votes - commentVotes }

  /// Makes what the statements draw from.
  func begin(_ stored: StoredPictures) async throws {
    _ = try await tx.write("set local work_mem = '64MB'")
    try await tx.makeDrawing()
    _ = try await tx.write(
      """
      create temporary table crowd_files on commit drop as
      select n, digest, type::image_type, bytes, width, height, frames
      from unnest(
        \(Array(1...stored.pictures.count)), \(stored.pictures.map(\.digest)),
        \(stored.pictures.map(\.type.rawValue)), \(stored.pictures.map(\.bytes)),
        \(stored.pictures.map(\.width)), \(stored.pictures.map(\.height)),
        \(stored.pictures.map(\.frames))
      ) as files (n, digest, type, bytes, width, height, frames)
      """
    )
    let places = Dictionary(
      uniqueKeysWithValues: stored.pictures.enumerated().map { ($1.id, $0 + 1) }
    )
    _ = try await tx.write(
      """
      create temporary table crowd_copies on commit drop as
      select n, size, digest, width, height, bytes
      from unnest(
        \(stored.thumbnails.map { places[$0.pictureID] ?? 1 }), \(stored.thumbnails.map(\.size)),
        \(stored.thumbnails.map(\.digest)), \(stored.thumbnails.map(\.width)),
        \(stored.thumbnails.map(\.height)), \(stored.thumbnails.map(\.bytes))
      ) as copies (n, size, digest, width, height, bytes)
      """
    )
  }

  /// Keeps the copies of the members and of whom they follow.
  func meet(
    _ members: [MemberCard],
    _ follows: @Sendable (MemberFollowed?) async throws -> [MemberFollowed]
  ) async throws {
    progress("members")
    _ = try await tx.write(
      "create temporary table crowd_members (n bigint primary key, id uuid not null) on commit drop"
    )
    for start in stride(from: 0, to: members.count, by: 5_000) {
      let some = members[start..<min(start + 5_000, members.count)]
      _ = try await tx.write(
        """
        with told as (
          insert into crowd_members
          select * from unnest(\(Array(start + 1...start + some.count)), \(some.map(\.id)))
        )
        insert into members (id, username, display_name, version)
        select * from unnest(\(some.map(\.id)), \(some.map(\.username)),
          \(some.map(\.displayName)), \(some.map(\.version)))
        on conflict do nothing
        """
      )
    }
    progress("follows")
    var pairs = try await follows(nil)
    while let last = pairs.last {
      _ = try await tx.write(
        """
        insert into follows (follower_id, following_id)
        select * from unnest(\(pairs.map(\.follower)), \(pairs.map(\.following)))
        on conflict do nothing
        """
      )
      pairs = try await follows(last)
    }
  }

  /// Makes everything else.
  func run() async throws {
    try await tx.withoutIndexes(on: MakeCrowd.large) {
      for (what, statements) in large {
        progress(what)
        for statement in statements { _ = try await tx.write(statement) }
      }
      progress("indexes")
    }
    progress("albums and reports")
    for statement in reporting + [counting] { _ = try await tx.write(statement) }
    try await tx.dropDrawing()
  }

  private var large: [(String, [SQL])] {
    [
      ("posts", planningPosts + [posting]),
      ("pictures", planningPictures + [pictures, copies, sentFiles]),
      ("tags", tags),
      ("comments", planningComments + [commenting]),
      ("votes", [votesOnPosts, votesOnComments]),
      ("albums", albums),
    ]
  }
}

extension MakeCrowd {
  /// Statements that give `count` things their exact shares of `votes`, those at the first places most
  /// of them: `source` has to have the columns `n` and `place`; the result has `votes`, too.
  ///
  /// No share is larger than half of the members, and what that leaves over is spread evenly.
  func shared(_ votes: Int, among count: Int, of source: SQL) -> SQL {
    """
    wished as (
      select *, floor(
        \(votes) * sum(power((place + 10)::double precision, -0.8)) over (order by place)
        / sum(power((place + 10)::double precision, -0.8)) over ()
      )::bigint as votes_upto
      from \(source)
    ), capped as (
      select *, least(
        \(memberCount) / 2, votes_upto - lag(votes_upto, 1, 0::bigint) over (order by place)
      ) as most_votes
      from wished
    ), shared as (
      select capped.*,
        most_votes + rest * place / \(count) - rest * (place - 1) / \(count) as votes
      from capped, (select (\(votes) - sum(most_votes))::bigint as rest from capped) as left_over
    )
    """
  }

  /// The statement that casts the votes of `crowd_posts` or `crowd_comments`, each of a member of its
  /// own: those with low numbers are in more audiences.
  func casting(on column: SQL, of table: SQL, kind: Int, at time: SQL) -> SQL {
    """
    with things as materialized (
      select id, n, votes, downvotes, at, audience,
        pg_temp.pick(n, 41, audience, 1) as first, pg_temp.key_stem(\(kind)::integer, at) as stem
      from (
        select *, \(time) as at,
          greatest(votes, ceil(\(memberCount) * power(pg_temp.chance(n, 40), 2)))::bigint as audience
        from \(table)
      ) as thing
    )
    insert into votes (id, member_id, \(column), type, created_at, updated_at)
    select (stem || lpad(to_hex(things.n * 1000000 + k), 12, '0'))::uuid, crowd_members.id, things.id,
      case when k < downvotes then 'downvote' else 'upvote' end::vote_type, at, at
    from things
    cross join lateral generate_series(0, votes - 1) as k
    join crowd_members on crowd_members.n = 1 + (first + k) % audience
    """
  }

  private var votesOnPosts: SQL {
    casting(on: "post_id", of: "crowd_posts", kind: 4, at: "published_at")
  }

  private var votesOnComments: SQL {
    casting(on: "comment_id", of: "crowd_comments", kind: 5, at: "written_at")
  }
}
