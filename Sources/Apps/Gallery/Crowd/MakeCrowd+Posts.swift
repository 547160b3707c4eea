import ArtelPostgres

extension MakeCrowd {
  /// Statements that decide who posted what and when, and how popular it is.
  var planningPosts: [SQL] {
    let numbered: SQL = """
      (
        select n, \(now)::timestamptz - (\(size.posts) - n) * interval '1000 days' / \(size.posts)
            as published_at,
          row_number() over (order by pg_temp.chance(n, 10), n) as place
        from generate_series(1, \(size.posts)::bigint) as n
      ) as numbered
      """
    return [
      """
      create temporary table crowd_posts on commit drop as
      with \(shared(postVotes, among: size.posts, of: numbered))
      select n, place, published_at, votes,
        floor(votes * 0.3 * pg_temp.chance(n, 11))::bigint as downvotes,
        pg_temp.key(3, published_at, n) as id,
        1 + pg_temp.pick(n, 12, \(memberCount), 2.5) as author,
        case when pg_temp.chance(n, 13) < 0.03 then 'private'
          when pg_temp.chance(n, 13) < 0.05 then 'unlisted'
          else 'public' end::visibility as visibility,
        case when pg_temp.chance(n, 14) < 0.01 then 'trashed'
          when pg_temp.chance(n, 14) < 0.012 then 'taken_down'
          else 'kept' end::post_state as state,
        case when pg_temp.chance(n, 15) < 0.9 then 1 else 2 + pg_temp.pick(n, 16, 4, 2) end
          as picture_count
      from shared
      """,
      "create unique index on crowd_posts (n)", "create unique index on crowd_posts (place)",
      "analyze crowd_posts, crowd_members",
    ]
  }

  /// The statement that stores the posts.
  var posting: SQL {
    """
    insert into posts (id, author_id, title, description, views, visibility, visibility_token,
      created_at, updated_at, upvotes, downvotes, state, moved_at, cover_id, picture_count)
    select made.id, crowd_members.id,
      (array['Quiet', 'Winter', 'Blue', 'Old', 'Тихий', 'Зимний', 'Синий', 'Старый'])
        [1 + pg_temp.pick(made.n, 17, 8, 1)] || ' ' ||
      (array['river', 'bridge', 'forest', 'harbour', 'двор', 'мост', 'лес', 'берег'])
        [1 + pg_temp.pick(made.n, 18, 8, 1)] || ', ' || made.n,
      case when pg_temp.chance(made.n, 19) < 0.3
        then 'At four in the afternoon, seen from the old bridge.' else '' end,
      made.votes * 12 + pg_temp.pick(made.n, 20, 50, 1), made.visibility,
      'crowd-' || substr(md5(made.n::text), 1, 16), published_at, published_at,
      votes - downvotes, downvotes, state,
      case state when 'kept' then published_at
        else greatest(published_at,
          \(now)::timestamptz - pg_temp.chance(made.n, 21) * interval '25 days') end,
      pg_temp.key(6, published_at, made.n * 20), picture_count
    from crowd_posts as made join crowd_members on crowd_members.n = made.author
    order by made.n
    """
  }

  /// Statements that decide which of the files the posts show.
  var planningPictures: [SQL] {
    [
      """
      create temporary table crowd_pictures on commit drop as
      select crowd_posts.id as post_id, crowd_members.id as author_id, published_at, position,
        pg_temp.key(6, published_at, crowd_posts.n * 20 + position - 1) as id,
        1 + (crowd_posts.n * 7 + position) % files.count as file
      from crowd_posts
      join crowd_members on crowd_members.n = author
      cross join (select count(*) from crowd_files) as files (count)
      cross join lateral generate_series(1, picture_count) as position
      """,
      "analyze crowd_pictures",
    ]
  }

  /// The statement that stores the pictures of the posts.
  var pictures: SQL {
    """
    insert into pictures (id, post_id, position, digest, type, bytes, width, height, frames,
      created_at, updated_at)
    select id, post_id, position, digest, type, bytes, width, height, frames, published_at,
      published_at
    from crowd_pictures join crowd_files on crowd_files.n = file
    """
  }

  /// The statement that stores the smaller copies of the pictures.
  var copies: SQL {
    """
    insert into thumbnails (picture_id, size, digest, width, height, bytes)
    select id, size, digest, width, height, bytes
    from crowd_pictures join crowd_copies on crowd_copies.n = file
    """
  }

  /// The statement that says what the posts were made of: a file of its own for each picture.
  var sentFiles: SQL {
    """
    insert into sent_files (post_id, author_id, digest)
    select post_id, author_id, sha256(uuid_send(id)) from crowd_pictures
    """
  }

  /// The statement that counts what the members store.
  var counting: SQL {
    """
    insert into member_usages (member_id, used_bytes)
    select author_id, sum(sizes.bytes)
    from crowd_pictures
    join (
      select crowd_files.n, crowd_files.bytes + coalesce(sum(crowd_copies.bytes), 0) as bytes
      from crowd_files left join crowd_copies on crowd_copies.n = crowd_files.n
      group by crowd_files.n, crowd_files.bytes
    ) as sizes on sizes.n = file
    group by author_id
    on conflict (member_id) do update
    set used_bytes = member_usages.used_bytes + excluded.used_bytes
    """
  }
}
