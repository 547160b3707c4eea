import ArtelPostgres

extension MakeCrowd {
  private var commentCount: Int { max(1, size.posts / 2) }

  /// Statements that decide who said something about which post, and how popular that is.
  var planningComments: [SQL] {
    let numbered: SQL = """
      (
        select comment.n, 1 + pg_temp.pick(comment.n, 50, \(memberCount), 2) as author,
          crowd_posts.id as post_id,
          published_at + pg_temp.chance(comment.n, 51) * (\(now)::timestamptz - published_at)
            as written_at,
          row_number() over (order by pg_temp.chance(comment.n, 52), comment.n) as place
        from generate_series(1, \(commentCount)::bigint) as comment (n)
        join crowd_posts on crowd_posts.place = 1 + pg_temp.pick(comment.n, 53, \(size.posts), 4)
      ) as numbered
      """
    return [
      """
      create temporary table crowd_comments on commit drop as
      with \(shared(commentVotes, among: commentCount, of: numbered))
      select n, author, post_id, written_at, votes,
        floor(votes * 0.3 * pg_temp.chance(n, 54))::bigint as downvotes,
        pg_temp.key(8, written_at, n) as id
      from shared
      """,
      "analyze crowd_comments",
    ]
  }

  /// The statement that stores the comments.
  var commenting: SQL {
    """
    insert into comments (id, post_id, author_id, text, upvotes, downvotes, created_at, updated_at)
    select crowd_comments.id, post_id, crowd_members.id,
      (array['What light!', 'I know this place.', 'Как тихо здесь.', 'Where is it?', 'Ещё, пожалуйста!',
        'The second one is the best.'])[1 + pg_temp.pick(crowd_comments.n, 55, 6, 1)],
      votes - downvotes, downvotes, written_at, written_at
    from crowd_comments join crowd_members on crowd_members.n = author
    order by crowd_comments.n
    """
  }

  /// Statements that file reports on some posts and comments, one to three on each: every other thing
  /// waits in the queue.
  var reporting: [SQL] {
    [
      filing(on: "post_id", of: "crowd_posts", kind: 9, since: "published_at"),
      filing(on: "comment_id", of: "crowd_comments", kind: 10, since: "written_at"),
    ]
  }

  private func filing(on column: SQL, of table: SQL, kind: Int, since time: SQL) -> SQL {
    """
    with filed as (
      insert into reports (id, member_id, \(column), reason, created_at, resolved_at)
      select pg_temp.key(\(kind)::integer, filed_at, thing.n * 10 + choice), crowd_members.id,
        thing.id, 'spam', filed_at,
        case when thing.n / 500 % 2 = 1 then filed_at + interval '1 hour' end
      from \(table) as thing
      cross join lateral generate_series(0, pg_temp.pick(thing.n, 60, 3, 1)) as choice
      cross join lateral (
        select greatest(thing.\(time),
          \(now)::timestamptz - pg_temp.chance(thing.n * 10 + choice, 61) * interval '10 days')
      ) as times (filed_at)
      join crowd_members on crowd_members.n = 1 + (thing.n * 31 + choice) % \(memberCount)
      where thing.n % 500 = 7
      returning \(column) as thing_id, created_at, resolved_at
    )
    insert into moderation_cases (id, \(column), report_count, opened_at)
    select pg_temp.key(\(kind + 2)::integer, min(created_at), row_number() over (order by thing_id)),
      thing_id, count(*), min(created_at)
    from filed where resolved_at is null group by thing_id
    """
  }
}
