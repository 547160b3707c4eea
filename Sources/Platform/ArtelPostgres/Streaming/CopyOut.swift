/// What `copy … to stdout` sends, in pieces of about 32 KiB, read as they are asked for.
///
/// The server waits for a slow consumer. Iterate once, from one task, before the lease runs anything
/// else. Leaving the loop early, or cancelling the task, stops the statement on the server and leaves
/// the lease usable; inside a transaction that fails the transaction.
public struct CopyOut: AsyncSequence, Sendable {
  let reader: BatchReader<[UInt8]>

  /// Begins; the first piece asked for sends the statement.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(reader: reader)
  }

  /// Where an iteration stands.
  public struct AsyncIterator: AsyncIteratorProtocol {
    let reader: BatchReader<[UInt8]>

    /// The next piece, never empty, which ends where a row does; nil after the last.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws
      -> [UInt8]?
    {
      try await reader.next()
    }

    /// The next piece; nil after the last.
    public mutating func next() async throws -> [UInt8]? {
      try await reader.next()
    }
  }
}

extension Lease {
  /// Runs `copy … to stdout` (PostgreSQL manual, COPY), in whichever format the statement says.
  ///
  /// COPY takes no parameters: values in its text are refused by the server.
  public func copyOut(_ sql: SQL) -> CopyOut {
    CopyOut(reader: Lease.copyReader(sql) { self })
  }

  static func copyReader(_ sql: SQL, lease: @escaping @Sendable () async throws -> Lease)
    -> BatchReader<[UInt8]>
  {
    BatchReader(
      sql,
      lease: lease,
      begin: { conversation, ticket in
        try SQL.checkCopy(ticket.key.text)
        try await conversation.send(ticket)
        try await conversation.startCopy(isIn: false)
      },
      take: { conversation in
        let chunk = try await conversation.chunk()
        if chunk.isEmpty { _ = try await conversation.complete() }
        return chunk
      }
    )
  }
}

extension Transaction {
  /// Runs `copy … to stdout` in this transaction.
  ///
  /// Read it to its end: leaving the loop early stops the statement, and then the transaction can
  /// only roll back, unless a savepoint was around it.
  public func copyOut(_ sql: SQL) -> CopyOut {
    CopyOut(reader: Lease.copyReader(sql) { try await self.apart { $0 } })
  }
}

extension SQL {
  /// Nothing else may be run by the COPY calls: it would take effect before it is refused.
  static func checkCopy(_ text: String) throws {
    guard isCopy(text) else { throw PostgresError.misuse("the statement is no COPY") }
  }
}
