import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelSearch
import FoundationEssentials

extension SearchIndex {
  /// Stretches that one request walks through to fill its page.
  private static let stretchLimit = 4
  /// Stems that the beginning of a word may stand for; the most common ones.
  static let completionLimit = 16

  /// Returns one page of what a reader may see, best first.
  ///
  /// Two statements on most pages; one more for words that nobody wrote, and up to three more where
  /// matches are rare and far apart. Best is what says the words in its title and is fresh; each
  /// stretch of some hundred matches is ranked in itself, the youngest stretch first.
  ///
  /// Without words everything of an author is found, the freshest first.
  ///
  /// - Throws: `InvalidPageCursor`.
  func find(_ request: SearchRequest) async throws -> Page<SearchHit> {
    let outlook = try await look(at: request.query)
    var place = try SearchCursor.place(after: request.after, head: outlook.head)
    let corrections = try await self.corrections(of: outlook.words, in: outlook.generation)
    let expression = QueryExpression(outlook.words, corrections: corrections)
    guard expression != nil || (request.query.text.isEmpty && request.author != nil) else {
      return Page(items: [], next: nil)
    }
    var hits: [SearchHit] = []
    for _ in 0..<SearchIndex.stretchLimit {
      let missing = request.limit - hits.count
      let stretch = try await self.stretch(
        SearchIndex.statement(
          expression,
          request,
          in: outlook.generation,
          from: place,
          limit: missing + 1
        )
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

  private func look(at query: TypedQuery) async throws -> Outlook {
    let rows = try await db.read(SearchIndex.outlook(on: query))
    let words = try rows.compactMap { row -> QueryWord? in
      guard let word = try row.decode(String?.self, at: 3) else { return nil }
      return QueryWord(
        word: word,
        stems: try row.decode([String].self, at: 4),
        isKnown: try row.decode(Bool.self, at: 5),
        completions: try row.decode([String].self, at: 6)
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
        w.place = count(*) over () as is_last
      from regexp_split_to_table(search.fold(\(query.text)), ' ')
        with ordinality as w (word, place)
      where w.word <> ''
    )
    select s.number, s.filling, s.top, t.word, t.stems,
      char_length(t.word) > 40 or exists (
        select from search.words w where w.generation = s.number and w.lexeme = any(t.stems)
      ),
      case when t.is_last and \(query.isLastWordOpen) and char_length(t.word) > 1 then array(
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

  private func corrections(of words: [QueryWord], in generation: Int) async throws -> [String:
    [String]]
  {
    let unknown = words.filter { $0.isUnknown && (4...40).contains($0.word.unicodeScalars.count) }
    guard !unknown.isEmpty else { return [:] }
    let rows = try await db.read(
      """
      select t.word, s.word, s.lexeme, s.sightings
      from unnest(\(unknown.map(\.word))) as t (word)
      cross join lateral search.similar_words(\(generation)::integer, t.word) s
      """
    )
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
    return similar.reduce(into: [:]) { corrections, entry in
      corrections[entry.key] = SimilarWord.corrections(of: entry.key, among: entry.value)
    }
  }

  private struct Stretch {
    let low: Int
    let titleLow: Int
    let hits: [SearchHit]
  }

  private func stretch(_ statement: SQL) async throws -> Stretch {
    let rows = try await db.read(statement)
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
