import ArtelConcurrency
import ArtelIdentifiers
import ArtelPostgres
import ArtelSearch
import FoundationEssentials

/// The documents of all apps, and the verbs that keep them up to date.
///
/// Every verb is applied to the generation that serves and to one that is being filled. Writers take
/// turns: each holds the rows of `search.generations` until it commits, taken in the order of their
/// numbers, so that none waits for another that waits for it.
struct SearchIndex: Sendable {
  let db: Database
  let clock: WallClock

  /// Which generations a verb writes.
  enum Place {
    /// The one that serves, and the one that is being filled.
    case everywhere
    /// The one that is being filled.
    case building
  }

  /// An era is closed when it has so many documents; a search reads at least one era at a time.
  static let eraLength = 4096
  /// Characters of a body that are kept.
  static let bodyLimit = 10_000
  /// A word that was seen so often is common, and is not counted any more.
  static let sightingLimit = 1024
  /// How long a removed document is remembered, in seconds.
  static let tombstoneSeconds = 30.0 * 86_400

  /// Stores documents, unless a newer version of one is stored or was removed.
  ///
  /// Four statements, however many documents; of several with one key the newest counts.
  func index(
    _ documents: [SearchDocument],
    to place: Place = .everywhere,
    in tx: Transaction
  ) async throws {
    let documents = SearchIndex.newest(of: documents)
    guard !documents.isEmpty else { return }
    let generations = try await lockGenerations(in: tx).filter {
      $0.state == .building || ($0.state == .serving && place == .everywhere)
    }.map(\.number)
    guard !generations.isEmpty else { return }
    _ = try await tx.pipelined([
      storing(documents, in: generations), countingWords(of: documents, in: generations),
      openingEras(in: generations),
    ])
  }

  /// Removes a document, and remembers that, unless a newer version of it is stored.
  ///
  /// Two statements.
  func remove(_ key: SearchDocument.Key, version: Int, in tx: Transaction) async throws {
    _ = try await lockGenerations(in: tx)
    _ = try await tx.write(
      """
      with remembered as (
        insert into search.tombstones (app, kind, id, version, removed_at)
        values (\(key.app), \(key.kind), \(key.id), \(version), \(clock.now()))
        on conflict (id) do update
        set version = greatest(tombstones.version, excluded.version),
          removed_at = excluded.removed_at
      )
      delete from search.documents
      where id = \(key.id) and version <= \(version)
      """
    )
  }

  /// When a document was made, as the index knows it; nil when it does not have it.
  func creationDate(of key: SearchDocument.Key, in tx: Transaction) async throws -> Date? {
    let rows = try await tx.read(
      "select created_at from search.documents where id = \(key.id) limit 1"
    )
    return try rows.first?.decode(Date.self, at: 0)
  }

  /// Whether what serves was ever filled with all that the apps offer.
  func isFilled() async throws -> Bool {
    let rows = try await db.read(
      """
      select exists (
        select from search.generations where state = 'serving' and filled_at is not null
      )
      """
    )
    return try rows[0].decode(Bool.self, at: 0)
  }

  /// One of the two places for an index.
  struct Generation: Hashable {
    enum State: String {
      case serving, building, idle
    }

    let number: Int
    let state: State?
    /// Which filling it holds.
    let filling: Int
    let changedAt: Date
  }

  /// Takes a writer's turn: holds both generations until the transaction ends, as they are now.
  func lockGenerations(in tx: Transaction) async throws -> [Generation] {
    let rows = try await tx.read(
      "select number, state, filling, changed_at from search.generations order by number for update"
    )
    return try rows.map { row in
      Generation(
        number: try row.decode(at: 0),
        state: Generation.State(rawValue: try row.decode(at: 1)),
        filling: try row.decode(at: 2),
        changedAt: try row.decode(at: 3)
      )
    }
  }

  private static func newest(of documents: [SearchDocument]) -> [SearchDocument] {
    var newest: [DocumentID: SearchDocument] = [:]
    for document in documents where document.version >= newest[document.key.id]?.version ?? .min {
      newest[document.key.id] = document
    }
    return Array(newest.values)
  }
}

extension SearchIndex {
  /// The statement that stores documents in their eras, and counts them there.
  ///
  /// A clock that ran ahead must not close the present era, so that no document is younger than now.
  private func storing(_ documents: [SearchDocument], in generations: [Int]) -> SQL {
    let now = clock.now()
    return """
      with arriving as (
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
          not exists (
            select from search.documents d
            where d.generation = g.number and d.id = a.id
          ) as is_first
        from arriving a
        cross join unnest(\(generations)) as g (number)
        where not exists (
          select from search.tombstones t
          where t.id = a.id and t.version >= a.version
        )
      ), stored as (
        insert into search.documents (
          generation, id, app, kind, owner_id, title, body, url, era, version, created_at,
          words, title_words, marks
        )
        select p.generation, p.id, p.app, p.kind, p.owner_id, p.title, p.body, p.url, p.era,
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
        set owner_id = excluded.owner_id, title = excluded.title, body = excluded.body,
          url = excluded.url, era = excluded.era, version = excluded.version,
          created_at = excluded.created_at, words = excluded.words,
          title_words = excluded.title_words, marks = excluded.marks
        where documents.version < excluded.version
      )
      update search.eras e
      set documents_count = e.documents_count + came.count,
        last_at = greatest(e.last_at, came.last_at)
      from (
        select generation, era, count(*) as count, least(max(created_at), \(now)) as last_at
        from placed where is_first group by generation, era
      ) came
      where e.generation = came.generation and e.number = came.era
      """
  }

  /// The statement that adds what the documents say to the words people may mean.
  ///
  /// Common words reach the limit and are not written again: they would be written most often.
  private func countingWords(of documents: [SearchDocument], in generations: [Int]) -> SQL {
    let texts = documents.map { Self.stored("\($0.title) \($0.names) \($0.body)") }
    return """
      insert into search.words (generation, word, lexeme, sightings)
      select g.number, said.word, said.lexeme, said.count
      from (
        select w.word, coalesce(
            (tsvector_to_array(to_tsvector('search.stems', w.word)))[1],
            (tsvector_to_array(to_tsvector('simple', w.word)))[1]
          ) as lexeme, w.count
        from (
          select each.word, least(count(*), \(Self.sightingLimit))::integer as count
          from unnest(\(texts)) as d (content)
          cross join lateral (
            select distinct word
            from regexp_split_to_table(search.fold(d.content), ' ') as word
          ) each
          where char_length(each.word) between 1 and 40
          group by each.word
        ) w
      ) said
      cross join unnest(\(generations)) as g (number)
      where said.lexeme is not null
      order by g.number, said.word
      on conflict (generation, word) do update
      set sightings = least(words.sightings + excluded.sightings, \(Self.sightingLimit))
      where words.sightings < \(Self.sightingLimit)
      """
  }

  /// The statement that begins the next era when the present one is full.
  private func openingEras(in generations: [Int]) -> SQL {
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

extension SearchAudience {
  /// How the index says it, without blanks.
  var mark: String {
    switch self {
    case .everybody: "public"
    case .member(let id): "member:\(id)"
    case .group(let key): "group:\(key)"
    }
  }
}
