import ArtelPostgres

extension MakeCrowd {
  /// Statements that make albums of up to 40 posts, and of whoever posted most one with up to 1,000.
  var albums: [SQL] {
    [
      """
      create temporary table crowd_own on commit drop as
      select author, id, row_number() over (partition by author order by n) as number
      from crowd_posts where state = 'kept'
      """,
      "create unique index on crowd_own (author, number)", "analyze crowd_own",
      """
      create temporary table crowd_albums on commit drop as
      select album.n, crowd_posts.author, crowd_members.id as owner_id, made_at,
        pg_temp.key(13, made_at, album.n) as id,
        case when album.n > 1 then pg_temp.pick(album.n, 70, own.total, 1) else 0 end as behind,
        case when album.n > 1 then 1 + pg_temp.pick(album.n, 71, 40, 2) else 1000 end as length
      from (
        select n, \(now)::timestamptz - pg_temp.chance(n, 72) * interval '900 days' as made_at
        from generate_series(1, \(max(5, size.posts / 100))::bigint) as n
      ) as album
      join crowd_posts on crowd_posts.n = 1 + pg_temp.pick(album.n, 73, \(size.posts), 1)
      join crowd_members on crowd_members.n = crowd_posts.author
      cross join lateral (
        select count(*) as total from crowd_own where crowd_own.author = crowd_posts.author
      ) as own
      """,
      """
      update crowd_albums set author = 1, owner_id = (select id from crowd_members where n = 1)
      where n = 1
      """,
      """
      insert into albums (id, owner_id, name, visibility, created_at, updated_at)
      select id, owner_id, 'Album ' || n,
        case when pg_temp.chance(n, 74) < 0.8 then 'public'
          when pg_temp.chance(n, 74) < 0.9 then 'unlisted' else 'private' end::visibility,
        made_at, made_at
      from crowd_albums
      """,
      """
      insert into album_posts (album_id, post_id, position, is_cover, added_at)
      select crowd_albums.id, crowd_own.id, number - behind,
        number - behind = 2 and pg_temp.chance(n, 75) < 0.3, made_at
      from crowd_albums
      join crowd_own on crowd_own.author = crowd_albums.author
        and number > behind and number <= behind + length
      """,
    ]
  }
}
