import Synchronization

/// Statements that take effect together or not at all.
///
/// `begin` travels with the first statement and `commit` with those of ``writeAtCommit(_:)``, so a
/// transaction costs at most one round trip more than it has statements. Use it from one task at a
/// time, inside the closure that received it only.
public final class Transaction: StatementWriter {
  private enum Phase { case unbegun, begun, ended }

  let lease: Lease
  /// What to do once it has committed.
  let afterCommits = Mutex<[@Sendable () -> Void]>([])
  private let isolation: Isolation
  private let access: TransactionAccess
  private let phase = Mutex(Phase.unbegun)
  /// What is sent with the commit.
  private let commitWrites = Mutex<[SQL]>([])
  private let savepoints = Atomic(0)
  private let cursors = Atomic(0)

  init(lease: Lease, isolation: Isolation, access: TransactionAccess) {
    self.lease = lease
    self.isolation = isolation
    self.access = access
  }

  /// Runs one statement in this transaction.
  public func read(_ sql: SQL) async throws -> ResultRows {
    try await pipelined([sql])[0]
  }

  /// Runs one statement in this transaction.
  public func write(_ sql: SQL) async throws -> ResultRows {
    try await pipelined([sql])[0]
  }

  /// Runs statements in this transaction, sent at once.
  public func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    try await pipelined(statements)
  }

  /// Sends all statements at once; results come in the same order.
  ///
  /// - Throws: The error of the first statement that failed. The transaction can then only roll back,
  ///   unless a savepoint was around it.
  public func pipelined(_ statements: [SQL]) async throws -> [ResultRows] {
    let isFirst = try begins()
    try Task.checkCancellation()
    do {
      guard isFirst else { return try await lease.run(statements) }
      return try await begin(with: statements)
    } catch {
      throw knowingOutcome(error)
    }
  }

  /// Has a statement run behind all others, sent with the commit in one round trip.
  ///
  /// For writes whose result nobody asks for, and for locks that many transactions take: they are held
  /// for the commit alone. It fails the transaction as any other statement does; a savepoint that is
  /// undone takes it back.
  public func writeAtCommit(_ sql: SQL) {
    commitWrites.withLock { $0.append(sql) }
  }

  private func begin(with statements: [SQL]) async throws -> [ResultRows] {
    do {
      return Array(try await lease.run([begin] + statements).dropFirst())
    } catch let error as PostgresError where error.isStale {
      // The schema changed under a prepared statement; nothing was done yet, so it may begin again.
      return Array(try await lease.run(["rollback", begin] + statements).dropFirst(2))
    }
  }

  /// Whether this call is the transaction's first and has to begin it.
  private func begins() throws -> Bool {
    try phase.withLock { phase -> Bool in
      guard phase != .ended else { throw PostgresError.misuse("the transaction has ended") }
      defer { phase = .begun }
      return phase == .unbegun
    }
  }

  private var begin: SQL {
    SQL(raw: "begin isolation level \(isolation.rawValue)\(access.suffix)")
  }

  /// Runs `body` in the begun transaction, outside pipeline mode.
  nonisolated(nonsending) func apart<Result>(_ body: (Lease) async throws -> Result) async throws
    -> Result
  {
    let isFirst = try begins()
    try Task.checkCancellation()
    do {
      if isFirst { _ = try await lease.run([begin]) }
      return try await body(lease)
    } catch {
      throw knowingOutcome(error)
    }
  }

  /// A name for a cursor, one of its own in this transaction.
  func nameCursor() -> String {
    "artel_cursor_\(cursors.add(1, ordering: .relaxed).newValue)"
  }

  /// Nothing is committed before the commit: a lost connection leaves no unknown outcome here, and
  /// trying again is safe.
  private func knowingOutcome(_ error: any Error) -> any Error {
    guard let failure = error as? PostgresError, failure.code == .unknownOutcome else {
      return error
    }
    return PostgresError(
      code: .connectionUnavailable,
      message: "the connection was lost in a transaction"
    )
  }

  /// Runs `body` so that its failure undoes its own statements and leaves the transaction usable.
  nonisolated(nonsending) public func savepoint<Result>(
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    let name = "artel_\(savepoints.add(1, ordering: .relaxed).newValue)"
    _ = try await write(SQL(raw: "savepoint \(name)"))
    let writeCount = commitWrites.withLock { $0.count }
    do {
      let result = try await body(self)
      _ = try await write(SQL(raw: "release savepoint \(name)"))
      return result
    } catch {
      commitWrites.withLock { $0.removeSubrange(writeCount...) }
      _ = try await lease.run([
        SQL(raw: "rollback to savepoint \(name)"), SQL(raw: "release savepoint \(name)"),
      ])
      throw error
    }
  }

  func commit() async throws {
    let writes = commitWrites.withLock { $0 }
    if writes.isEmpty {
      if end() { try check(try await lease.run(["commit"])) }
    } else {
      try await commit(behind: writes)
    }
    for action in afterCommits.withLock({ $0 }) { action() }
  }

  private func commit(behind writes: [SQL]) async throws {
    let statements = writes + ["commit"]
    do {
      let isFirst = try begins()
      try Task.checkCancellation()
      try check(
        isFirst ? try await begin(with: statements) : try await lease.run(statements)
      )
      _ = end()
    } catch {
      // Behind a statement that failed the commit is skipped, and the transaction still open.
      await rollBack()
      throw error
    }
  }

  private func check(_ results: [ResultRows]) throws {
    guard results.last?.commandTag == "COMMIT" else {
      throw PostgresError.misuse("a statement had failed, so the transaction was rolled back")
    }
  }

  func rollBack() async {
    guard end() else { return }
    // A cancelled task must still leave a clean connection; failing that, the pool closes it.
    await Task { [lease] in _ = try? await lease.run([SQL(raw: "rollback")]) }.value
  }

  private func end() -> Bool {
    phase.withLock { phase in
      defer { phase = .ended }
      return phase == .begun
    }
  }
}
