import ArtelConcurrency
import ArtelPostgres
import ArtelSearch
import FoundationEssentials

/// Why the index cannot be filled anew just now.
enum RebuildError: Error, Hashable, CustomStringConvertible {
  /// Another process fills it.
  case alreadyRunning
  /// Another rebuild has begun anew; this one has lost its place.
  case overtaken

  /// Safe to show.
  var description: String {
    switch self {
    case .alreadyRunning: "the index is being rebuilt by another process"
    case .overtaken: "another rebuild has begun, so this one was given up"
    }
  }
}

extension SearchIndex {
  /// Held by whoever fills the index anew; goes with its connection.
  private static let rebuildLock = 0x5EA2_C400_0001
  /// The statement that tells whether somebody holds it.
  ///
  /// Source: PostgreSQL manual, pg_locks: the halves of a key of 64 bits are `classid` and `objid`.
  static var isLockedForFilling: SQL {
    """
    select exists (
      select from pg_locks
      where locktype = 'advisory' and objsubid = 1 and granted
        and database = (select oid from pg_database where datname = current_database())
        and ((classid::bigint << 32) | objid::bigint) = \(rebuildLock)
    )
    """
  }

  /// Documents stored in one transaction; other writers wait for it.
  private static let batchLength = 250

  /// Fills the idle generation with what the apps offer, and lets it serve.
  ///
  /// Searches go on in the old one, and changes go to both. When this ends early, the old one serves
  /// on, and the next rebuild begins anew.
  ///
  /// - `onProgress`: Told after each batch how many documents are stored.
  /// - Returns: How many documents were offered.
  /// - Throws: ``RebuildError``.
  @discardableResult
  func rebuild(
    from sources: [any SearchSource],
    onProgress: @Sendable (Int) async throws -> Void = { _ in }
  ) async throws -> Int {
    try await db.withLease { lease in
      let answer = try await lease.read("select pg_try_advisory_lock(\(Self.rebuildLock))")
      guard try answer[0].decode(Bool.self, at: 0) else { throw RebuildError.alreadyRunning }
      do {
        let count = try await fill(from: sources, onProgress)
        _ = try await lease.read("select pg_advisory_unlock(\(Self.rebuildLock))")
        return count
      } catch {
        // In a task of its own: the lock must not stay with the connection when this was cancelled.
        _ = try? await Task { try await lease.read("select pg_advisory_unlock_all()") }.value
        throw error
      }
    }
  }

  private func fill(
    from sources: [any SearchSource],
    _ onProgress: @Sendable (Int) async throws -> Void
  ) async throws -> Int {
    let filling = try await begin()
    var offers = OfferedDocuments(sources)
    var count = 0
    while true {
      let batch = try await offers.next(Self.batchLength)
      guard !batch.isEmpty else { break }
      try await db.transaction { try await index(batch, to: .building, in: $0) }
      count += batch.count
      try await onProgress(count)
    }
    _ = try await db.write("analyze search.documents")
    _ = try await db.write("analyze search.words")
    try await serve(filling)
    return count
  }

  /// Empties the generation that does not serve, and lets changes go to it from now on.
  ///
  /// - Returns: Which filling this is.
  private func begin() async throws -> Int {
    try await db.transaction { tx in
      let generations = try await lockGenerations(in: tx)
      guard let number = generations.first(where: { $0.state != .serving })?.number else {
        throw RebuildError.overtaken
      }
      let filling = (generations.map(\.filling).max() ?? 0) + 1
      try await empty(number, in: tx)
      _ = try await tx.write(
        """
        insert into search.eras (generation, number, starts_at) values (\(number), 0, '-infinity')
        """
      )
      _ = try await tx.write(
        """
        update search.generations
        set state = 'building', changed_at = \(clock.now()), filling = \(filling), filled_at = null
        where number = \(number)
        """
      )
      return filling
    }
  }

  /// Lets what was filled serve instead of the other generation.
  private func serve(_ filling: Int) async throws {
    try await db.transaction { tx in
      let generations = try await lockGenerations(in: tx)
      guard generations.contains(where: { $0.filling == filling && $0.state == .building }) else {
        throw RebuildError.overtaken
      }
      let now = clock.now()
      // One after the other: only one may serve at any time.
      _ = try await tx.write(
        """
        update search.generations set state = 'idle', changed_at = \(now)
        where filling <> \(filling)
        """
      )
      _ = try await tx.write(
        """
        update search.generations set state = 'serving', changed_at = \(now), filled_at = \(now)
        where filling = \(filling)
        """
      )
    }
  }

  /// Forgets what was removed long ago, gives up a rebuild that died, and empties the generation that
  /// does not serve any more.
  func tidy() async throws {
    let now = clock.now()
    _ = try await db.write(
      """
      delete from search.tombstones
      where removed_at < \(now.addingTimeInterval(-SearchIndex.tombstoneSeconds))
      """
    )
    try await db.transaction { tx in
      let isFree = try await tx.read("select pg_try_advisory_xact_lock(\(Self.rebuildLock))")
      guard try isFree[0].decode(Bool.self, at: 0) else { return }
      let filled = try await tx.read("select distinct generation from search.eras")
        .map { try $0.decode(Int.self, at: 0) }
      // Searches that began before the switch have long ended by then.
      let leftOver = try await lockGenerations(in: tx).filter {
        $0.state != .serving && filled.contains($0.number)
          && $0.changedAt < now.addingTimeInterval(-60)
      }
      for generation in leftOver {
        try await empty(generation.number, in: tx)
        _ = try await tx.write(
          """
          update search.generations set state = 'idle', changed_at = \(now)
          where number = \(generation.number)
          """
        )
      }
    }
  }

  /// Removes the documents, words and eras of a generation that does not serve.
  ///
  /// Waits at most five seconds for searches that are reading; new ones wait as long.
  private func empty(_ generation: Int, in tx: Transaction) async throws {
    _ = try await tx.write("set local lock_timeout = '5s'")
    _ = try await tx.write(
      SQL(raw: "truncate search.documents_\(generation), search.words_\(generation)")
    )
    _ = try await tx.write("delete from search.eras where generation = \(generation)")
  }
}

/// The documents of several apps as one list, the oldest first as far as ids tell.
private struct OfferedDocuments {
  private struct Offer {
    let source: any SearchSource
    var documents: ArraySlice<SearchDocument> = []
    var last: DocumentID?
    var isOver = false
  }

  private static let pageLength = 500
  private var offers: [Offer]

  init(_ sources: [any SearchSource]) {
    offers = sources.map { Offer(source: $0) }
  }

  /// The next documents; fewer than `count` at the end.
  mutating func next(_ count: Int) async throws -> [SearchDocument] {
    var batch: [SearchDocument] = []
    while batch.count < count {
      for index in offers.indices where offers[index].documents.isEmpty && !offers[index].isOver {
        try await refill(index)
      }
      let ready = offers.indices.compactMap { index in
        offers[index].documents.first.map { (index, $0.createdAt) }
      }
      guard let oldest = ready.min(by: { $0.1 < $1.1 })?.0 else { break }
      batch.append(offers[oldest].documents.removeFirst())
    }
    return batch
  }

  private mutating func refill(_ index: Int) async throws {
    let page = try await offers[index].source.searchDocuments(
      after: offers[index].last,
      limit: OfferedDocuments.pageLength
    )
    offers[index].documents = page[...]
    offers[index].last = page.last?.key.id ?? offers[index].last
    offers[index].isOver = page.count < OfferedDocuments.pageLength
  }
}
