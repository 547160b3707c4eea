import ArtelConcurrency
public import FoundationEssentials

extension BlobStore {
  /// What ``removeOrphans(by:writtenBefore:at:)`` found.
  public struct OrphanRound: Hashable, Sendable {
    /// Blobs old enough to be looked at.
    public internal(set) var blobs = 0
    /// Those of them that no row named.
    public internal(set) var orphans = 0
    /// How many were removed.
    public internal(set) var removed = 0
    /// Whether so much seemed to be without a row that nothing was removed.
    public internal(set) var isImplausible = false
    /// When the oldest orphan was written.
    var oldestOrphan = Date.distantFuture

    /// Whether orphans may be removed, or the rows are more likely to be those of another store.
    ///
    /// A crash leaves a handful of files. An older backup of a database, or the address of another
    /// one, leaves most files without a row, and removing them would turn a slip into a loss.
    func isPlausible(now: Date) -> Bool {
      if orphans == blobs, oldestOrphan < now.addingTimeInterval(-86_400) { return false }
      return orphans <= max(100, blobs / 10)
    }
  }

  /// Removes the blobs that no row names: what a crash left between storing a file and committing
  /// its post, or between deleting a post and removing its files.
  ///
  /// Goes through the whole store, in pieces of 1,000 blobs, twice when there are orphans: it counts
  /// first, without a lock, and then removes under the lock of ``BlobReferences``, asking again.
  /// Memory does not grow with the store. Nothing is removed when more than a tenth of the blobs,
  /// and more than 100, have no row; nor when none has one and an orphan is older than a day.
  ///
  /// - Parameters:
  ///   - contexts: All that use this store, always in the same order.
  ///   - limit: Younger blobs are left alone. The lock alone makes the round safe; the date spares
  ///     a context that stores a file without it, as an older release on another node might.
  ///   - now: The present time, by which the age of the oldest orphan counts.
  /// - Returns: What was found and what was removed.
  /// - Throws: ``StorageError``, and what a context throws; some may have been removed then.
  public func removeOrphans(
    by contexts: [BlobReferences],
    writtenBefore limit: Date,
    at now: Date
  ) async throws -> OrphanRound {
    var round = OrphanRound()
    try await eachPiece(writtenBefore: limit) { [self] piece in
      round.blobs += piece.count
      let orphans = try await orphans(among: piece.map(\.digest), by: contexts)
      round.orphans += orphans.count
      for blob in piece where orphans.contains(blob.digest) {
        round.oldestOrphan = min(round.oldestOrphan, blob.writtenAt)
      }
    }
    guard round.orphans > 0 else { return round }
    guard round.isPlausible(now: now) else {
      round.isImplausible = true
      return round
    }
    try await pool.run { [shelf] in try shelf.reached(.orphansFound) }
    try await eachPiece(writtenBefore: limit) { [self] piece in
      let orphans = try await orphans(among: piece.map(\.digest), by: contexts)
      guard !orphans.isEmpty else { return }
      round.removed += try await remove(unreferenced: Array(orphans), by: contexts)
    }
    return round
  }

  struct DatedBlob: Sendable {
    let digest: Digest
    let writtenAt: Date
  }

  /// Hands over all blobs of a certain age, in pieces of about 1,000.
  func eachPiece(
    writtenBefore limit: Date,
    _ body: ([DatedBlob]) async throws -> Void
  ) async throws {
    var piece: [DatedBlob] = []
    try await pool.run { [shelf] in try shelf.makeFolders() }
    for outer in try await folders(in: "\(shelf.directory)/blobs") {
      for shard in try await folders(in: outer) {
        piece += try await pool.run { try Self.blobs(in: shard, writtenBefore: limit) }
        while piece.count >= 1000 {
          try await body(Array(piece.prefix(1000)))
          piece.removeFirst(1000)
        }
      }
    }
    if !piece.isEmpty { try await body(piece) }
  }

  /// The folders of two hexadecimal digits.
  private func folders(in folder: String) async throws -> [String] {
    try await pool.run {
      try Disk.names(in: folder).filter { $0.utf8.count == 2 }.sorted().map { "\(folder)/\($0)" }
    }
  }

  private static func blobs(
    in shard: String,
    writtenBefore limit: Date
  ) throws(StorageError) -> [DatedBlob] {
    var blobs: [DatedBlob] = []
    for name in try Disk.names(in: shard) {
      // Whatever else an operator put here is not the store's to remove.
      guard let digest = Digest(hex: name), digest.hex == name,
        let writtenAt = try Disk.writtenAt("\(shard)/\(name)")
      else { continue }
      let date = Date(timeIntervalSince1970: writtenAt)
      if date < limit { blobs.append(DatedBlob(digest: digest, writtenAt: date)) }
    }
    return blobs
  }
}
