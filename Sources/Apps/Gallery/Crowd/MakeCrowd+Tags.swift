import ArtelPostgres

extension MakeCrowd {
  private var tagCount: Int { min(4_000, max(20, size.posts / 250)) }

  /// Statements that name tags, give each post up to four of them, and count.
  var tags: [SQL] {
    [
      naming,
      """
      insert into tags (id, name, slug, created_at, updated_at)
      select pg_temp.key(7, \(now), n), name, replace(name, ' ', '-'), \(now), \(now)
      from crowd_names order by n
      on conflict do nothing
      """,
      """
      create temporary table crowd_tags on commit drop as
      select named.n, tags.id from crowd_names as named
      join tags on lower(tags.name) = named.name collate "und-x-icu"
      """,
      """
      insert into post_tags (post_id, tag_id, is_listed, created_at)
      select distinct on (made.id, crowd_tags.id) made.id, crowd_tags.id,
        visibility = 'public' and state = 'kept', published_at
      from crowd_posts as made
      cross join lateral generate_series(1, pg_temp.pick(made.n, 30, 5, 1)) as choice
      join crowd_tags
        on crowd_tags.n = 1 + pg_temp.pick(made.n * 10 + choice, 31, \(tagCount), 2.5)
      """,
      """
      update tags set post_count = post_count + counted.number, updated_at = \(now)
      from (
        select tag_id, count(*) as number
        from post_tags join crowd_posts on crowd_posts.id = post_id
        where is_listed group by tag_id
      ) as counted
      where tags.id = counted.tag_id
      """,
    ]
  }

  private var naming: SQL {
    """
    create temporary table crowd_names on commit drop as
      select n, (array['quiet', 'blue', 'winter', 'early', 'old', 'small', 'bright', 'distant',
          'northern', 'golden', 'wooden', 'paper', 'rainy', 'summer', 'evening', 'silver', 'empty',
          'green', 'narrow', 'deep', 'warm', 'frozen', 'hidden', 'long', 'late', 'misty', 'open',
          'painted', 'red', 'rural', 'salty', 'sandy', 'sharp', 'slow', 'snowy', 'soft', 'stone',
          'sunny', 'tall', 'white'])[1 + (n - 1) % 40] || ' ' ||
        (array['river', 'bridge', 'forest', 'harbour', 'street', 'window', 'garden', 'mountain',
          'sky', 'sea', 'field', 'house', 'door', 'road', 'train', 'boat', 'bird', 'cat', 'tree',
          'leaf', 'lamp', 'stair', 'roof', 'market', 'square', 'island', 'lake', 'shore', 'valley',
          'cloud', 'storm', 'moon', 'star', 'fire', 'bread', 'table', 'letter', 'clock', 'hand',
          'face', 'shadow', 'mirror', 'wall', 'gate', 'tower', 'mill', 'well', 'fence', 'path',
          'hill', 'rock', 'wave', 'ferry', 'pier', 'station', 'platform', 'crossing', 'corner',
          'yard', 'attic', 'cellar', 'kitchen', 'stove', 'kettle', 'chair', 'bench', 'basket',
          'apple', 'pear', 'plum', 'rose', 'fern', 'moss', 'birch', 'oak', 'pine', 'fox', 'hare',
          'crow', 'owl', 'heron', 'bee', 'moth', 'snail', 'frog', 'pond', 'reed', 'meadow', 'hay',
          'barn', 'horse', 'cart', 'wheel', 'rope', 'sail', 'anchor', 'net', 'fish', 'shell',
          'pearl'])[1 + (n - 1) / 40] as name
      from generate_series(1, \(tagCount)::bigint) as n
    """
  }
}
