/// The rows of a server-side cursor, fetched some at a time inside a transaction.
///
/// Other statements may run in the transaction between two rows, and leaving the loop early costs
/// nothing: an unfinished cursor goes with its transaction. Iterate once. Cost: one round trip more
/// than there are batches; PostgreSQL plans a cursor for a fast first row (`cursor_tuple_fraction`).
public struct RowCursor: AsyncSequence, Sendable {
  let transaction: Transaction
  let sql: SQL
  let batchSize: Int

  /// Begins; the first row asked for declares the cursor.
  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(cursor: self)
  }

  /// Where an iteration stands.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let cursor: RowCursor
    private var name: String?
    private var rows: ResultRows?
    private var index = 0
    private var isOver = false

    init(cursor: RowCursor) {
      self.cursor = cursor
    }

    /// The next row; nil after the last.
    ///
    /// - Throws: ``PostgresError``; `CancellationError` when the task was cancelled.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation) async throws
      -> PostgresRow?
    {
      if index == rows?.count ?? 0 {
        guard !isOver else { return nil }
        let fetched = try await fetch()
        rows = fetched
        index = 0
        if fetched.count < cursor.batchSize { try await close() }
        guard !fetched.isEmpty else { return nil }
      }
      defer { index += 1 }
      return rows?[index]
    }

    /// The next row; nil after the last.
    public mutating func next() async throws -> PostgresRow? {
      try await next(isolation: nil)
    }

    nonisolated(nonsending) private mutating func fetch() async throws -> ResultRows {
      if let name {
        return try await cursor.transaction.read(SQL(raw: fetchText(name)))
      }
      let name = cursor.transaction.nameCursor()
      self.name = name
      let declaration: SQL = "declare \(raw: name) no scroll cursor for \(cursor.sql)"
      return try await cursor.transaction.pipelined([declaration, SQL(raw: fetchText(name))])[1]
    }

    private func fetchText(_ name: String) -> String {
      "fetch forward \(cursor.batchSize) from \(name)"
    }

    nonisolated(nonsending) private mutating func close() async throws {
      isOver = true
      guard let name else { return }
      _ = try await cursor.transaction.write(SQL(raw: "close \(name)"))
    }
  }
}

extension Transaction {
  /// Runs a query whose rows are fetched `fetching` at a time, default 100.
  ///
  /// ```swift
  /// for try await row in tx.cursor("select id from posts order by created_at") {
  ///   try await tx.write("update posts set … where id = \(try row.decode(PostID.self, at: 0))")
  /// }
  /// ```
  public func cursor(_ sql: SQL, fetching batchSize: Int = 100) -> RowCursor {
    RowCursor(transaction: self, sql: sql, batchSize: Swift.max(1, batchSize))
  }
}
