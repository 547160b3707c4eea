import ArtelModel
import ArtelPostgres
import ArtelSearch
import ArtelTesting
import Testing

@testable import Search

@Suite("What searches cost among sixty thousand documents", .serialized)
struct SearchCostTests {
  /// Words in every document, in every tenth, in every thousandth, and one in 6,000 together with the
  /// first; and the pages that may be read for them, of some 10,000 that all documents take. Measured:
  /// 457, 438, 284 and 227.
  private static let words = [
    ("everywhere", 250...600), ("often", 250...600), ("seldom", 150...400),
    ("everywhere & 'lonely'", 120...320),
  ]

  @Test(arguments: words)
  func `the index answers, and little is read`(word: String, pages: ClosedRange<Int>) async throws {
    let site = try await Self.crowd.value
    let expression = try #require(QueryExpression([.known(word)]))
    let place = SearchCursor(filling: 0, top: 15, titleTop: 15)

    let plan = try await QueryPlan(
      of: SearchIndex.statement(
        expression,
        SearchRequest(query: TypedQuery("")),
        in: 0,
        from: place,
        limit: 21
      ),
      in: site.db,
      running: true
    )

    #expect(plan.sequentialScans.isEmpty)
    #expect(plan.indexes.contains("documents_0_words_title_words_marks_idx"))
    #expect(pages.contains(plan.pages))
  }

  // Fails without the bound in place(after:head:): seen to begin two billion eras above the head.
  @Test func `a forged cursor makes no more work than none`() async throws {
    let site = try await Self.crowd.value
    let head = SearchCursor(filling: 0, top: 15, titleTop: 15)
    let forged = SearchCursor(filling: 0, top: Int(Int32.max), titleTop: Int(Int32.max))

    let place = try SearchCursor.place(after: forged.pageCursor, head: head)
    try #require(place == head)
    var request = SearchRequest(query: TypedQuery("seldom "))
    let first = try await site.index.find(request)
    request.after = forged.pageCursor
    let page = try await site.index.find(request)

    #expect(page.items.map(\.key) == first.items.map(\.key))
  }

  @Test func `pages through eras show every match once`() async throws {
    let site = try await Self.crowd.value
    var request = SearchRequest(query: TypedQuery("often "))
    request.limit = 100
    var found: [DocumentID] = []
    repeat {
      let page = try await expectStatements(atMost: 5) { try await site.index.find(request) }
      found += page.items.map(\.key.id)
      request.after = page.next
    } while request.after != nil

    #expect(found.count == 6000)
    #expect(Set(found).count == 6000)
  }

  @Test func `an old title comes before what fresh bodies say`() async throws {
    let site = try await Self.crowd.value

    let page = try await site.index.find(SearchRequest(query: TypedQuery("everywhere ")))

    #expect(page.items.first?.title.text == "Everywhere")
  }

  /// More than half of the twenty thousand words begin with `v1`. Measured: 2,249 pages and 16.
  @Test(arguments: [("v1", 1000...3000), ("often v1234", 8...25)])
  func `words are known and completed by indexes`(typed: String, pages: ClosedRange<Int>)
    async throws
  {
    let site = try await Self.crowd.value

    let plan = try await QueryPlan(
      of: SearchIndex.outlook(on: TypedQuery(typed)),
      in: site.db,
      running: true
    )

    #expect(!plan.sequentialScans.contains("words_0"))
    #expect(plan.indexes.isSuperset(of: ["words_0_pkey", "words_0_generation_lexeme_idx"]))
    #expect(pages.contains(plan.pages))
  }

  // The function that compares is not part of the plan; the counters of the transaction see into it.
  // Fails while the function may read all words: seen to do so.
  @Test func `words are corrected by an index`() async throws {
    let site = try await Self.crowd.value

    let scans = try await site.db.database.transaction { tx async throws in
      _ = try await tx.read(SearchIndex.similar(to: ["evrywhere"], in: 0))
      return try await tx.read(
        """
        select seq_scan, idx_scan from pg_stat_xact_user_tables
        where schemaname = 'search' and relname = 'words_0'
        """
      )
    }

    let (sequential, indexed): (Int, Int) = (
      try scans[0].decode(at: 0), try scans[0].decode(at: 1)
    )
    #expect(sequential == 0)
    #expect(indexed >= 1)
    #expect(try await site.titles("evrywhere ").first == "Everywhere")
  }

  /// Sixty thousand documents in fifteen eras, one a minute, with a title that says the common word
  /// far back, where the bodies of later ones would hide it.
  private static let crowd = Task {
    let site = try await TestSearch.make()
    _ = try await site.db.write(
      """
      insert into search.documents (
        generation, id, app, kind, title, body, url, era, version, created_at, words, title_words, marks
      )
      select 0, gen_random_uuid(), 'gallery', 'post', t.title, b.body, '/', n / 4000, 1,
        timestamptz '2026-01-01' + n * interval '1 minute',
        setweight(to_tsvector('search.stems', t.title), 'A')
          || setweight(to_tsvector('search.stems', b.body), 'D'),
        to_tsvector('search.stems', t.title), array['era:' || n / 4000, 'app:gallery', 'public']
      from generate_series(0, 59999) as n
      cross join lateral (
        select case n when 30000 then 'Everywhere' else 'w' || n end as title
      ) t
      cross join lateral (
        select 'everywhere ' || case when n % 10 = 3 then 'often ' else '' end
          || case when n % 1000 = 7 then 'seldom ' else '' end
          || case when n % 6000 = 11 then 'lonely ' else '' end
          || (select string_agg('v' || (n * 7919 + k * 104729) % 5003, ' ')
              from generate_series(1, 12) as k) as body
      ) b
      """
    )
    _ = try await site.db.write(
      """
      insert into search.eras (generation, number, starts_at)
      select 0, e, timestamptz '2026-01-01' + e * 4000 * interval '1 minute'
      from generate_series(1, 14) as e
      """
    )
    _ = try await site.db.write(
      """
      insert into search.words (generation, word, lexeme, sightings)
      select 0, w, (tsvector_to_array(to_tsvector('search.stems', w)))[1], 100
      from (
        select 'v' || k as w from generate_series(0, 20000) as k
        union all select unnest(array['everywhere', 'often', 'seldom', 'lonely'])
      ) words
      where tsvector_to_array(to_tsvector('search.stems', w)) <> '{}'
      """
    )
    _ = try await site.db.write("analyze search.documents")
    _ = try await site.db.write("analyze search.words")
    return site
  }
}

extension QueryWord {
  /// A word as the index knows it; several as PostgreSQL says them.
  fileprivate static func known(_ stem: String) -> QueryWord {
    QueryWord(
      word: stem,
      stems: stem.replacing("'", with: "").split(separator: " & ").map { stem in
        ["everywhere": "everywher", "lonely": "lone"][stem] ?? String(stem)
      },
      isKnown: true,
      isOpen: false,
      completions: []
    )
  }
}
