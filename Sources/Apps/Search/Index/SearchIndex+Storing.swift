import ArtelConcurrency
import ArtelIdentifiers
import ArtelPostgres
import ArtelSearch
import FoundationEssentials

extension SearchIndex {
  /// The statement that stores documents in their eras, and counts them and their words.
  ///
  /// A clock that ran ahead must not close the present era, so that no document is younger than now.
  func storing(_ documents: [SearchDocument], in generations: [Int]) -> SQL {
    let now = clock.now()
    return """
      with \(placing(documents, in: generations, at: now)), stored as (
        insert into search.documents (
          generation, id, app, kind, owner_id, title, names, body, url, era, version, created_at,
          words, title_words, marks
        )
        select p.generation, p.id, p.app, p.kind, p.owner_id, p.title, p.names, p.body, p.url, p.era,
          p.version, p.created_at,
          setweight(w.title, 'A') || setweight(to_tsvector('search.stems', w.names), 'B')
            || setweight(to_tsvector('simple', w.names), 'B')
            || setweight(to_tsvector('search.stems', search.fold(p.body)), 'D'),
          w.title,
          array['era:' || p.era, 'app:' || p.app, 'kind:' || p.kind]
            || string_to_array(p.audience, ' ')
        from placed p
        cross join lateral (
          select to_tsvector('search.stems', search.fold(p.title)) as title,
            search.fold(p.names) as names
        ) w
        on conflict (generation, id) do update
        set owner_id = excluded.owner_id, title = excluded.title, names = excluded.names,
          body = excluded.body, url = excluded.url, era = excluded.era, version = excluded.version,
          created_at = excluded.created_at, words = excluded.words,
          title_words = excluded.title_words, marks = excluded.marks
        where documents.version < excluded.version
        returning generation, id, \(Self.publicText(of: "documents")) as said
      ), counted as (
        update search.eras e
        set documents_count = e.documents_count + came.count,
          last_at = greatest(e.last_at, came.last_at)
        from (
          select generation, era, count(*) as count, least(max(created_at), \(now)) as last_at
          from placed where is_first group by generation, era
        ) came
        where e.generation = came.generation and e.number = came.era
      ), changed as (
        select s.generation, w.word, sum(side.change)::integer as change
        from stored s
        join placed p on p.generation = s.generation and p.id = s.id
        cross join lateral (values (s.said, 1), (p.said_before, -1)) as side (content, change)
        cross join lateral search.words_of(side.content) as w
        where side.content is not null
        group by s.generation, w.word
        having sum(side.change) <> 0
      )\(Self.countingWords)
      """
  }

  /// What arrives, for each generation with its era and with what the present document says; only what
  /// was not removed.
  private func placing(_ documents: [SearchDocument], in generations: [Int], at now: Date) -> SQL {
    """
    arriving as (
      select * from unnest(
        \(documents.map(\.key.app)), \(documents.map(\.key.kind)), \(documents.map(\.key.id)),
        \(NullableArray(documents.map(\.owner))), \(documents.map { Self.stored($0.title) }),
        \(documents.map { Self.stored($0.names) }), \(documents.map { Self.stored($0.body) }),
        \(documents.map(\.url)), \(documents.map { Self.audienceMarks(of: $0) }),
        \(documents.map(\.createdAt)), \(documents.map(\.version))
      ) as d (app, kind, id, owner_id, title, names, body, url, audience, created_at, version)
    ), placed as (
      select g.number as generation, a.*,
        (
          select max(e.number) from search.eras e
          where e.generation = g.number and e.starts_at <= least(a.created_at, \(now))
        ) as era,
        before.id is null as is_first, before.said as said_before
      from arriving a
      cross join unnest(\(generations)) as g (number)
      left join lateral (
        select d.id, \(Self.publicText(of: "d")) as said
        from search.documents d
        where d.generation = g.number and d.id = a.id
      ) before on true
      where not exists (
        select from search.tombstones t
        where t.id = a.id and t.version >= a.version
      )
    )
    """
  }

  /// What a document says to everybody; null when not everybody may see it.
  static func publicText(of row: String) -> SQL {
    """
    case when \(raw: row).marks @> '{\(raw: SearchAudience.everybody.mark)}' then
      concat_ws(' ', \(raw: row).title, \(raw: row).names, \(raw: row).body)
    end
    """
  }

  /// The end of a statement in which `changed` says how many more documents for everybody say a word,
  /// or how many fewer.
  ///
  /// Common words are looked up first: a conflict alone would write them each time.
  static var countingWords: SQL {
    let limit = SQL(raw: "\(sightingLimit)")
    return """
      , rarer as (
        update search.words w set sightings = w.sightings + c.change
        from changed c
        where w.generation = c.generation and w.word = c.word
          and c.change < 0 and w.sightings < \(limit) and w.sightings + c.change > 0
      ), forgotten as (
        delete from search.words w using changed c
        where w.generation = c.generation and w.word = c.word
          and c.change < 0 and w.sightings < \(limit) and w.sightings + c.change <= 0
      )
      insert into search.words (generation, word, lexeme, sightings)
      select more.generation, more.word, more.lexeme, least(more.change, \(limit))
      from (
        select c.generation, c.word, c.change,
          coalesce(
            (tsvector_to_array(to_tsvector('search.stems', c.word)))[1],
            (tsvector_to_array(to_tsvector('simple', c.word)))[1]
          ) as lexeme,
          (
            select w.sightings from search.words w
            where w.generation = c.generation and w.word = c.word
          ) as sightings
        from changed c
        where c.change > 0
      ) more
      where more.lexeme is not null and coalesce(more.sightings, 0) < \(limit)
      on conflict (generation, word) do update
      set sightings = least(words.sightings + excluded.sightings, \(limit))
      """
  }

  /// The statement that begins the next era when the present one is full.
  func openingEras(in generations: [Int]) -> SQL {
    """
    insert into search.eras (generation, number, starts_at)
    select e.generation, e.number + 1, e.last_at + interval '1 microsecond'
    from search.eras e
    where e.generation = any(\(generations)) and e.documents_count >= \(Self.eraLength)
      and e.number = (select max(l.number) from search.eras l where l.generation = e.generation)
    """
  }

  /// The text as it is kept: without what PostgreSQL cannot store and what marks matches.
  static func stored(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(bodyLimit).filter {
      $0 != "\0" && $0 != MarkedText.start && $0 != MarkedText.end
    }
    return String(String.UnicodeScalarView(scalars))
  }

  private static func audienceMarks(of document: SearchDocument) -> String {
    var marks = document.audience.map(\.mark)
    if let owner = document.owner {
      marks.append("by:\(owner)")
      marks.append(SearchAudience.member(owner).mark)
    }
    return Set(marks).sorted().joined(separator: " ")
  }
}
