import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@testable import Gallery

@Suite("How albums are found among ten thousand")
struct AlbumPlanTests {
  @Test func `a page of them is the start of an index, whoever they are of`() async throws {
    let db = try await manyAlbums()

    for (albums, index) in [
      (Album.query.shownToEverybody, "albums_public_created_at_id_idx"),
      (Album.query.owned(by: Cast.ada.id), "albums_owner_id_created_at_id_idx"),
      (
        Album.query.owned(by: Cast.ada.id).shownToEverybody,
        "albums_public_owner_id_created_at_id_idx"
      ),
    ] {
      let plan = try await QueryPlan(
        of: try albums.newestFirst.sql(pageOf: 20),
        in: db,
        running: true
      )
      #expect(plan.indexes == [index])
      #expect(plan.sequentialScans.isEmpty)
      #expect((1...60).contains(plan.pages))
    }
  }

  @Test func `counting what is in a page of them reads these alone`() async throws {
    let db = try await manyAlbums()
    let page = try await Album.query.shownToEverybody.newestFirst.limit(20).all(in: db)

    let plan = try await QueryPlan(
      of: Album.counting(page.map(\.id), for: nil),
      in: db,
      running: true
    )

    #expect(plan.sequentialScans.isEmpty)
    #expect((20...1500).contains(plan.pages))
  }

  /// Ten thousand albums of four members with ten posts in each, a tenth of both private.
  private func manyAlbums() async throws -> TestDatabase {
    let db = try await TestDatabase.make(context: "gallery")
    for person in Cast.all {
      try await db.insert(
        Member(id: person.id, username: person.username, displayName: person.username, version: 1)
      )
    }
    try await db.write(
      """
      with fresh as (
        insert into posts (id, author_id, title, description, visibility, visibility_token, created_at,
          cover_id, picture_count)
        select gen_random_uuid(), (\(Cast.all.map(\.id)))[n % 4 + 1], '', '',
          case when n % 10 > 0 then 'public'::visibility else 'private' end, 'AAAAAAAAAAAAAAAAAAAAAA', now() - n * interval '1 second', gen_random_uuid(), 1
        from generate_series(1, 20000) as n
        returning id, cover_id
      )
      insert into pictures (id, post_id, position, digest, type, bytes, width, height)
      select cover_id, id, 1, decode(repeat('07', 32), 'hex'), 'jpeg', 1, 1, 1 from fresh
      """
    )
    try await db.write(
      """
      insert into albums (id, owner_id, name, visibility, created_at)
      select gen_random_uuid(), (\(Cast.all.map(\.id)))[n % 4 + 1], 'Album ' || n,
        case when n % 10 > 0 then 'public'::visibility else 'private' end,
        now() - n * interval '1 minute'
      from generate_series(1, 10000) as n
      """
    )
    try await db.write(
      """
      insert into album_posts (album_id, post_id, position)
      select albums.id, chosen.id, chosen.place
      from (select id, row_number() over () as n from albums) as albums
      join (
        select id, (row_number() over () - 1) / 10 as n, (row_number() over () - 1) % 10 + 1 as place
        from posts
      ) as chosen on chosen.n = albums.n % 2000
      """
    )
    try await db.write("vacuum analyze posts, albums, album_posts")
    return db
  }
}
