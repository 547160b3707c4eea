extension Lease {
  /// Runs `copy … from stdin` (PostgreSQL manual, COPY) with the bytes of `chunks`, in whichever
  /// format the statement says; returns how many rows it stored.
  ///
  /// The next chunk is asked for when the server has room for it. When `chunks` throws, or the task
  /// is cancelled, nothing is stored and the lease stays usable. COPY takes no parameters.
  ///
  /// - Throws: What `chunks` throws; ``PostgresError`` with the server's refusal, once all chunks
  ///   were sent; ``PostgresError/Code/unknownOutcome`` when the connection was lost after the end was.
  @discardableResult
  nonisolated(nonsending) public func copyIn<Chunks: AsyncSequence>(
    _ sql: SQL,
    from chunks: Chunks
  ) async throws -> Int where Chunks.Element: Sequence<UInt8> {
    let feed = try await CopyFeed(sql, on: self)
    return try await feed.run {
      var iterator = chunks.makeAsyncIterator()
      while let chunk = try await iterator.next(isolation: #isolation) {
        try await feed.append(chunk)
      }
    }
  }

  /// Stores rows by binary COPY, the fastest way to store many; returns how many.
  ///
  /// Integers and floating-point numbers fit themselves to narrower columns; other values must have
  /// the column's type. The rest is as in ``copyIn(_:from:)``.
  ///
  /// ```swift
  /// try await lease.copyIn(into: "votes", columns: ["post_id", "stars"], rows: rows)  // of ParameterList(post, 5)
  /// ```
  ///
  /// - Throws: ``PostgresError/Code/misuse`` when a value does not fit its column.
  @discardableResult
  nonisolated(nonsending) public func copyIn<Rows: AsyncSequence>(
    into table: String,
    columns: [String],
    rows: Rows
  ) async throws -> Int where Rows.Element == ParameterList {
    let names = columns.map(SQL.quoted).joined(separator: ", ")
    let shape = try await run([SQL(raw: "select \(names) from \(SQL.quoted(table)) limit 0")])[0]
    let encoder = CopyRowEncoder(names: columns, types: shape.columnTypes)
    let feed = try await CopyFeed(
      SQL(raw: "copy \(SQL.quoted(table)) (\(names)) from stdin (format binary)"),
      on: self
    )
    return try await feed.run {
      try await feed.append(CopyRowEncoder.header)
      var iterator = rows.makeAsyncIterator()
      while let row = try await iterator.next(isolation: #isolation) {
        try await feed.append(try encoder.encode(row))
      }
      try await feed.append(CopyRowEncoder.trailer)
    }
  }
}

extension Transaction {
  /// Runs `copy … from stdin` in this transaction; see ``Lease/copyIn(_:from:)``.
  ///
  /// A failed one leaves a transaction that can only roll back, unless a savepoint was around it.
  @discardableResult
  nonisolated(nonsending) public func copyIn<Chunks: AsyncSequence>(
    _ sql: SQL,
    from chunks: Chunks
  ) async throws -> Int where Chunks.Element: Sequence<UInt8> {
    try await apart { try await $0.copyIn(sql, from: chunks) }
  }

  /// Stores rows by binary COPY in this transaction; see ``Lease/copyIn(into:columns:rows:)``.
  @discardableResult
  nonisolated(nonsending) public func copyIn<Rows: AsyncSequence>(
    into table: String,
    columns: [String],
    rows: Rows
  ) async throws -> Int where Rows.Element == ParameterList {
    try await apart { try await $0.copyIn(into: table, columns: columns, rows: rows) }
  }
}
