import ArtelModel
import ArtelPostgres
import ArtelSearch
import ArtelTesting
import Testing

@testable import Search

@Suite("Walking back through eras")
struct EraTests {
  // Fails when a step leaves out what is beyond its limit: seen to find 5,000 of 15,000.
  @Test func `every match in dense eras is found once`() async throws {
    let site = try await TestSearch.make()
    try await site.fill([6000, 3000, 3000, 3000, 0, 0, 0, 0, 0, 0, 0, 0])
    var request = SearchRequest(query: TypedQuery("burst "))
    request.limit = 500
    var found: [DocumentID] = []

    repeat {
      let page = try await site.index.find(request)
      found += page.items.map(\.key.id)
      request.after = page.next
    } while request.after != nil

    #expect(found.count == 15_000)
    #expect(Set(found).count == 15_000)
  }
}

extension TestSearch {
  /// Stores eras with so many documents each, the oldest first; a tenth of them says the word in its
  /// title, the others in the body.
  fileprivate func fill(_ eras: [Int]) async throws {
    _ = try await db.write(
      """
      insert into search.documents (
        generation, id, app, kind, title, body, url, era, version, created_at, words, title_words, marks
      )
      select 0, gen_random_uuid(), 'gallery', 'post', t.title, b.body, '/', e.era - 1, 1,
        timestamptz '2025-01-01' + e.era * interval '1 day' + n * interval '1 second',
        setweight(to_tsvector('search.stems', t.title), 'A')
          || setweight(to_tsvector('search.stems', b.body), 'D'),
        to_tsvector('search.stems', t.title),
        array['era:' || e.era - 1, 'app:gallery', 'kind:post', 'public']
      from unnest(\(eras)) with ordinality as e (length, era)
      cross join lateral generate_series(1, e.length) as n
      cross join lateral (select case when n % 10 = 0 then 'Burst' else '' end as title) t
      cross join lateral (select case when n % 10 = 0 then '' else 'burst' end as body) b
      """
    )
    _ = try await db.write(
      """
      insert into search.eras (generation, number, starts_at)
      select 0, e, timestamptz '2025-01-01' + (e + 1) * interval '1 day'
      from generate_series(1, \(eras.count)::integer - 1) as e
      """
    )
    _ = try await db.write(
      """
      insert into search.words (generation, word, lexeme, sightings) values (0, 'burst', 'burst', 1024)
      """
    )
  }
}
