/// The rows of one statement, read from the server as they are asked for.
///
/// Memory: about 128 rows and libpq's buffer of some 32 KiB, however many rows there are; the server
/// waits for a slow consumer. Iterate once, from one task, before the lease runs anything else:
/// whatever the lease runs next ends the iteration with ``PostgresError/Code/misuse``.
///
/// Leaving the loop early, or cancelling the task, stops the statement on the server and leaves the
/// lease usable. Inside `begin` and `commit` that fails the transaction: use
/// ``Transaction/cursor(_:fetching:)`` there.
public struct RowStream: AsyncSequence, Sendable {
  let reader: BatchReader<[ResultRows]>

  /// Begins; the first row asked for sends the statement.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(reader: reader)
  }

  /// Where an iteration stands.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: BatchReader<[ResultRows]>
    private var batch: [ResultRows] = []
    private var index = 0

    init(reader: BatchReader<[ResultRows]>) {
      self.reader = reader
    }

    /// The next row; nil after the last.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws
      -> PostgresRow?
    {
      if index == batch.count {
        guard let next = try await reader.next() else { return nil }
        batch = next
        index = 0
      }
      defer { index += 1 }
      return PostgresRow(rows: batch[index], index: 0)
    }

    /// The next row; nil after the last.
    public mutating func next() async throws -> PostgresRow? {
      try await next(isolation: nil)
    }
  }
}

extension Lease {
  /// Runs a statement whose rows are read as they are asked for: for results too large for memory.
  ///
  /// ```swift
  /// try await db.withLease { lease in
  ///   for try await row in lease.stream("select id, title from posts") { … }
  /// }
  /// ```
  public func stream(_ sql: SQL) -> RowStream {
    RowStream(
      reader: BatchReader(
        sql,
        lease: { self },
        begin: { try await $0.send($1, rowByRow: true) },
        take: { try await $0.rows() }
      )
    )
  }
}
