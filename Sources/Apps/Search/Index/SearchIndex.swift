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
  /// A word that so many documents say is common, and is not counted any more, neither up nor down: it
  /// would be written most often.
  static let sightingLimit = 1024
  /// How long a removed document is remembered, in seconds.
  static let tombstoneSeconds = 30.0 * 86_400

  /// Stores documents, unless a newer version of one is stored or was removed.
  ///
  /// Three statements, however many documents; of several with one key the newest counts.
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
      storing(documents, in: generations), openingEras(in: generations),
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
      ), removed as (
        delete from search.documents
        where id = \(key.id) and version <= \(version)
        returning generation, \(Self.publicText(of: "documents")) as said
      ), changed as (
        select r.generation, w.word, -1 as change
        from removed r cross join lateral search.words_of(r.said) as w
        where r.said is not null
      )\(Self.countingWords)
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
