import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelSearch
import FoundationEssentials

extension SearchIndex {
  /// Stretches that one request walks through to fill its page.
  private static let stretchLimit = 4
  /// How old the index may be that guests search.
  static let delay = Duration.seconds(5)
  /// Stems that the beginning of a word may stand for; the most common ones.
  static let completionLimit = 16

  /// Returns one page of what a reader may see, best first.
  ///
  /// Two statements on most pages; one or two more for words that are taken for slips, and up to three
  /// more where matches are rare and far apart. Best is what says the words in its title and is fresh;
  /// each stretch of some hundred matches is ranked in itself, the youngest stretch first.
  ///
  /// Words are taken for slips when nothing is found with them as they are. Without words everything of
  /// an author is found, the freshest first. Guests read from a replica where there is one.
  ///
  /// - Throws: `InvalidPageCursor`.
  func find(_ request: SearchRequest) async throws -> Page<SearchHit> {
    let reader: any StatementReader = request.isByGuest ? db.stale(upTo: Self.delay) : db
    let outlook = try await look(at: request.query, through: reader)
    let words = outlook.words
    var place = try SearchCursor.place(after: request.after, head: outlook.head)
    let expression = QueryExpression(words)
    guard expression != nil || (request.query.text.isEmpty && request.author != nil) else {
      return Page(items: [], next: nil)
    }
    // Guests find nothing with a word that is in nothing for everybody.
    if !place.isCorrected, !request.isByGuest || !words.contains(where: \.isUnknown) {
      let page = try await page(
        of: expression,
        request,
        in: outlook.generation,
        from: place,
        through: reader
      )
      if !page.items.isEmpty || place != outlook.head { return page }
    }
    let corrections = try await corrections(of: words, in: outlook.generation, through: reader)
    guard !corrections.isEmpty, let corrected = QueryExpression(words, corrections: corrections)
    else { return Page(items: [], next: nil) }
    place.isCorrected = true
    return try await page(
      of: corrected,
      request,
      in: outlook.generation,
      from: place,
      through: reader
    )
  }

  private func page(
    of expression: QueryExpression?,
    _ request: SearchRequest,
    in generation: Int,
    from place: SearchCursor,
    through reader: some StatementReader
  ) async throws -> Page<SearchHit> {
    var place = place
    var hits: [SearchHit] = []
    for _ in 0..<SearchIndex.stretchLimit {
      let missing = request.limit - hits.count
      let stretch = try await self.stretch(
        SearchIndex.statement(
          expression,
          request,
          in: generation,
          from: place,
          limit: missing + 1
        ),
        through: reader
      )
      hits += stretch.hits.prefix(missing)
      if stretch.hits.count > missing, let last = hits.last {
        place.last = SearchCursor.Last(score: last.score, id: last.key.id)
        return Page(items: hits, next: place.pageCursor)
      }
      place.top = stretch.low
      place.titleTop = min(stretch.low, stretch.titleLow)
      place.last = nil
      if place.top <= 0 { return Page(items: hits, next: nil) }
      if hits.count == request.limit { break }
    }
    return Page(items: hits, next: place.pageCursor)
  }

  /// What the index knows before a search begins.
  private struct Outlook {
    /// The generation that serves.
    let generation: Int
    /// Where a search begins.
    let head: SearchCursor
    /// What was typed.
    let words: [QueryWord]
  }

  private func look(
    at query: TypedQuery,
    through reader: some StatementReader
  ) async throws -> Outlook {
    let rows = try await reader.read(SearchIndex.outlook(on: query))
    let words = try rows.compactMap { row -> QueryWord? in
      guard let word = try row.decode(String?.self, at: 3) else { return nil }
      return QueryWord(
        word: word,
        stems: try row.decode([String].self, at: 4),
        isKnown: try row.decode(Bool.self, at: 5),
        isOpen: try row.decode(Bool.self, at: 6),
        completions: try row.decode([String].self, at: 7)
      )
    }
    let top = try rows[0].decode(Int.self, at: 2)
    return Outlook(
      generation: try rows[0].decode(Int.self, at: 0),
      head: SearchCursor(filling: try rows[0].decode(Int.self, at: 1), top: top, titleTop: top),
      words: words
    )
  }

  /// The statement that tells which generation serves, where its eras end, and what is known of the
  /// words.
  static func outlook(on query: TypedQuery) -> SQL {
    """
    with serving as (
      select g.number, g.filling,
        (select max(e.number) + 1 from search.eras e where e.generation = g.number) as top
      from search.generations g where g.state = 'serving'
    ), typed as (
      select w.word, w.place::integer as place,
        tsvector_to_array(to_tsvector('search.stems', w.word)) as stems,
        w.place = count(*) over () and \(query.isLastWordOpen) and char_length(w.word) > 1
          as is_open
      from regexp_split_to_table(search.fold(\(query.text)), ' ')
        with ordinality as w (word, place)
      where w.word <> ''
    )
    select s.number, s.filling, s.top, t.word, t.stems,
      char_length(t.word) > 40 or exists (
        select from search.words w where w.generation = s.number and w.lexeme = any(t.stems)
      ),
      t.is_open,
      case when t.is_open then array(
        select w.lexeme from search.words w
        where w.generation = s.number and w.word >= t.word collate "C"
          and w.word < (t.word || U&'\\+10FFFF') collate "C"
        group by w.lexeme order by sum(w.sightings) desc, w.lexeme
        limit \(raw: "\(Self.completionLimit)")
      ) else '{}' end
    from serving s left join typed t on t.place <= \(raw: "\(TypedQuery.wordLimit)")
    order by t.place
    """
  }

  /// What was probably meant instead of the words that nobody wrote, or else instead of all words.
  private func corrections(
    of words: [QueryWord],
    in generation: Int,
    through reader: some StatementReader
  ) async throws -> [String: [String]] {
    let unknown = words.filter(\.isUnknown)
    let suspects = (unknown.isEmpty ? words.filter { !$0.stems.isEmpty } : unknown)
      .filter { (4...40).contains($0.word.unicodeScalars.count) }
    guard !suspects.isEmpty else { return [:] }
    let rows = try await reader.read(SearchIndex.similar(to: suspects.map(\.word), in: generation))
    var similar: [String: [SimilarWord]] = [:]
    for row in rows {
      similar[try row.decode(String.self, at: 0), default: []].append(
        SimilarWord(
          word: try row.decode(String.self, at: 1),
          lexeme: try row.decode(String.self, at: 2),
          sightings: try row.decode(Int.self, at: 3)
        )
      )
    }
    return suspects.reduce(into: [:]) { corrections, suspect in
      // In another form it would find the same.
      let others = (similar[suspect.word] ?? []).filter { !suspect.stems.contains($0.lexeme) }
      let stems = SimilarWord.corrections(of: suspect.word, among: others)
      if !stems.isEmpty { corrections[suspect.word] = stems }
    }
  }

  /// The statement that finds known words like those.
  static func similar(to words: [String], in generation: Int) -> SQL {
    """
    select t.word, s.word, s.lexeme, s.sightings
    from unnest(\(words)) as t (word)
    cross join lateral search.similar_words(\(generation)::integer, t.word) s
    """
  }

  private struct Stretch {
    let low: Int
    let titleLow: Int
    let hits: [SearchHit]
  }

  private func stretch(
    _ statement: SQL,
    through reader: some StatementReader
  ) async throws -> Stretch {
    let rows = try await reader.read(statement)
    return Stretch(
      low: try rows[0].decode(Int.self, at: 0),
      titleLow: try rows[0].decode(Int.self, at: 1),
      hits: try rows.compactMap { row in
        guard let score = try row.decode(Double?.self, at: 2) else { return nil }
        return SearchHit(
          key: SearchDocument.Key(
            app: try row.decode(String.self, at: 3),
            kind: try row.decode(String.self, at: 4),
            id: try row.decode(DocumentID.self, at: 5)
          ),
          owner: try row.decode(MemberID?.self, at: 6),
          title: MarkedText(headline: try row.decode(String.self, at: 9)),
          excerpt: MarkedText(headline: try row.decode(String.self, at: 10)),
          url: try row.decode(String.self, at: 7),
          createdAt: try row.decode(Date.self, at: 8),
          score: score
        )
      }
    )
  }
}
