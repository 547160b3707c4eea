import Synchronization

/// How a store learns which of its blobs the rows of one context name.
///
/// A context stores a blob first and commits the row that names it afterwards. In between, nothing
/// but a promise protects the blob, also one that was there already and is shared: every writer of
/// the context, on every node, takes a lock of the context's database *before* it stores the blob,
/// shared with other writers, and keeps it until its transaction has ended. `withoutWriters`
/// takes the same lock for itself alone. Whoever then finds no row for a blob knows that no row is
/// about to appear: a writer that comes later stores the blob anew. A writer whose process was
/// killed holds its lock, in its database session, until that session has ended one way or the
/// other, so a commit on its way is waited for, too.
public struct BlobReferences: Sendable {
  /// Those of `digests` that committed rows name at the time of the call.
  public let named: @Sendable (_ digests: [Digest]) async throws -> Set<Digest>

  /// Runs `body` while no writer is between storing a blob and the end of its transaction.
  ///
  /// It waits for the writers that are there, some seconds at most, and throws when they take
  /// longer.
  public let withoutWriters:
    @Sendable (_ body: @Sendable () async throws -> Void) async throws -> Void

  /// At most so many digests that committed rows name, in the order of their bytes; those behind
  /// `after`, or the first ones.
  ///
  /// Fewer than asked for are the last.
  public let page: @Sendable (_ after: Digest?, _ limit: Int) async throws -> [Digest]

  /// Makes the references of a context.
  public init(
    named: @escaping @Sendable (_ digests: [Digest]) async throws -> Set<Digest>,
    page: @escaping @Sendable (_ after: Digest?, _ limit: Int) async throws -> [Digest],
    withoutWriters:
      @escaping @Sendable (_ body: @Sendable () async throws -> Void) async throws -> Void
  ) {
    self.named = named
    self.page = page
    self.withoutWriters = withoutWriters
  }
}

extension BlobReferences {
  /// Hands over everything that is named, in pieces of 1,000.
  func eachPage(_ body: ([Digest]) async throws -> Void) async throws {
    var last: Digest?
    while true {
      let digests = try await page(last, 1000)
      try await body(digests)
      guard digests.count == 1000 else { return }
      last = digests.last
    }
  }
}

extension BlobStore {
  /// Removes those blobs that no context names, and that none is about to name.
  ///
  /// - Parameters:
  ///   - digests: May also be of blobs that are not there; holds up all writers of all contexts
  ///     while it works, so give it hundreds, not thousands.
  ///   - contexts: All that use this store, always in the same order.
  /// - Returns: How many were removed.
  /// - Throws: ``StorageError``, and what a context throws; some may have been removed then.
  @discardableResult
  public func remove(
    unreferenced digests: [Digest],
    by contexts: [BlobReferences]
  ) async throws -> Int {
    let removed = Mutex(0)
    try await withoutWriters(of: contexts[...]) { [self] in
      for digest in try await orphans(among: digests, by: contexts) where try await remove(digest) {
        removed.withLock { $0 += 1 }
      }
    }
    return removed.withLock { $0 }
  }

  /// Those of `digests` that no context names now; without a lock it may be about to.
  func orphans(
    among digests: [Digest],
    by contexts: [BlobReferences]
  ) async throws -> Set<Digest> {
    var orphans = Set(digests)
    for context in contexts where !orphans.isEmpty {
      orphans.subtract(try await context.named(Array(orphans)))
    }
    return orphans
  }

  private func withoutWriters(
    of contexts: ArraySlice<BlobReferences>,
    _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    guard let first = contexts.first else { return try await body() }
    try await first.withoutWriters { [self] in
      try await withoutWriters(of: contexts.dropFirst(), body)
    }
  }
}
