public import AccountsContract
import ArtelModel
import ArtelPostgres

/// Walks the whole system log and says which entry is the first that is not as it was recorded.
struct VerifySystemLog {
  /// How many entries are read at a time.
  var batch = 1000
  /// An entry that somebody noted elsewhere; nil, the default, believes the log's own head.
  var mark: LogMark?

  private var entries = 0
  private var erased = 0
  private var position = 0
  private var digest = Bytea([])

  init(batch: Int = 1000, mark: LogMark? = nil) {
    self.batch = batch
    self.mark = mark
  }

  /// Cost: reads the log once and computes two digests for each entry.
  ///
  /// The transaction must be repeatable read, so that what is recorded, erased or pruned meanwhile
  /// does not look like a break.
  mutating func run(in tx: Transaction) async throws -> LogVerdict {
    let head = try await SystemLogHead.query.first(in: tx)
    guard let head else { return verdict(.missing, at: 0) }
    position = head.prunedPosition
    digest = head.prunedDigest
    if let fault = compareMark() { return verdict(fault, at: position) }
    while true {
      let after = position
      let entries = try await SystemLogEntry.where { $0.position > after }
        .order { $0.position.ascending }.limit(batch).all(in: tx)
      let baseless = try await SystemLogEntry.erasedWithoutReason(among: entries, in: tx)
      for entry in entries {
        if let (fault, position) = follow(entry) { return verdict(fault, at: position) }
        if position == baseless { return verdict(.erased, at: position) }
      }
      if entries.count < batch { break }
    }
    guard position >= head.position else { return verdict(.missing, at: position + 1) }
    guard position == head.position, digest == head.digest else {
      return verdict(.cutOff, at: head.position)
    }
    if let mark, mark.position > position { return verdict(.missing, at: mark.position) }
    return verdict(nil, at: nil)
  }

  /// Takes the next entry; returns what is wrong with it, and where.
  private mutating func follow(_ entry: SystemLogEntry) -> (LogVerdict.Fault, Int)? {
    guard entry.position == position + 1 else { return (.missing, position + 1) }
    guard entry.seal.digest(at: entry.position, after: digest) == entry.digest else {
      return (.changed, entry.position)
    }
    guard entry.keepsCommitment else { return (.personalChanged, entry.position) }
    entries += 1
    if entry.erasedAt != nil { erased += 1 }
    position = entry.position
    digest = entry.digest
    return compareMark().map { ($0, entry.position) }
  }

  private func compareMark() -> LogVerdict.Fault? {
    guard let mark, mark.position == position, mark.digest != digest.hexadecimal else { return nil }
    return .notAsNoted
  }

  private func verdict(_ fault: LogVerdict.Fault?, at brokenAt: Int?) -> LogVerdict {
    LogVerdict(
      entries: entries,
      erased: erased,
      end: LogMark(position: position, digest: digest.hexadecimal).description,
      brokenAt: brokenAt,
      fault: fault
    )
  }
}

extension SystemLogEntry {
  /// What the digest of the entry was made of.
  fileprivate var seal: LogSeal {
    LogSeal(
      at: doneAt,
      act: act,
      level: level,
      actor: actorID,
      subject: subjectID,
      commitment: commitment
    )
  }

  /// Whether what is personal is what the entry committed to; erased entries have nothing to compare.
  fileprivate var keepsCommitment: Bool {
    guard let salt else { return true }
    let made = LogSeal.commitment(
      address: address,
      userAgent: userAgent,
      details: texts,
      salt: salt
    )
    return made == commitment
  }

  /// The first of some entries that was erased while all whom it concerns are members still; at most
  /// one statement.
  fileprivate static func erasedWithoutReason(
    among entries: [SystemLogEntry],
    in tx: Transaction
  ) async throws -> Int? {
    let erased = entries.filter { $0.erasedAt != nil }
    guard !erased.isEmpty else { return nil }
    let concerned = Set(erased.flatMap { [$0.actorID, $0.subjectID].compactMap(\.self) })
    let present = Set(
      try await Member.where { $0.id.in(Array(concerned)) && $0.departedAt == nil }
        .all(in: tx).map(\.id)
    )
    return erased.first { entry in
      [entry.actorID, entry.subjectID].compactMap(\.self).allSatisfy(present.contains)
    }?.position
  }
}

extension Accounts {
  /// Walks the whole system log; `mark` is an entry that somebody noted outside the database.
  ///
  /// Cost: reads the log once, in batches, on one connection.
  public func verifyLog(since mark: LogMark? = nil) async throws -> LogVerdict {
    try await db.transaction(isolation: .repeatableRead, access: .readOnly) { tx async throws in
      var walk = VerifySystemLog(mark: mark)
      return try await walk.run(in: tx)
    }
  }
}
