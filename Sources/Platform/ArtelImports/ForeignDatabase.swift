public import ArtelPostgres

/// The database of another system: its tables are read, and nothing is written.
public struct ForeignDatabase: Sendable {
  /// Where it is.
  public let db: Database
  /// The types of its columns, by table and column, such as `uuid`.
  public let tables: [String: [String: String]]

  /// Looks which tables there are, in the schemas of the search path.
  ///
  /// - Throws: `PostgresError` when the database does not answer.
  public init(_ db: Database) async throws {
    let rows = try await db.withLease { lease in
      try await lease.read(
        """
        select class.relname::text, attribute.attname::text, format_type(atttypid, null)
        from pg_attribute as attribute join pg_class as class on class.oid = attribute.attrelid
        where class.relkind in ('r', 'p', 'v', 'm') and attribute.attnum > 0
          and not attribute.attisdropped and pg_table_is_visible(class.oid)
          and class.relnamespace <> 'pg_catalog'::regnamespace
        """
      )
    }
    var tables: [String: [String: String]] = [:]
    for row in rows {
      let (table, column): (String, String) = (try row.decode(at: 0), try row.decode(at: 1))
      tables[table, default: [:]][column] = try row.decode(String.self, at: 2)
    }
    self.db = db
    self.tables = tables
  }

  /// Whether a table has a column.
  public func has(_ column: String, in table: String) -> Bool {
    tables[table]?[column] != nil
  }

  /// The tables that have a column of each of some groups, whatever their case and underscores, with the
  /// names of these columns.
  public func tables(withColumns groups: [[String]]) -> [(table: String, columns: [String])] {
    let plain = { (name: String) in name.lowercased().replacing("_", with: "") }
    return tables.keys.sorted().compactMap { table in
      let columns = groups.compactMap { group in
        tables[table]?.keys.sorted().first { group.map(plain).contains(plain($0)) }
      }
      return columns.count == groups.count ? (table, columns) : nil
    }
  }

  /// Runs a query of which each column is a text, by COPY, and has `body` take its rows so many at a time.
  ///
  /// The server waits while `body` is at it. The query is text of the program's own, without values.
  ///
  /// - Returns: How many rows there were.
  /// - Throws: `PostgresError`; what `body` throws.
  @discardableResult
  public func read(
    _ query: String,
    inBatchesOf size: Int,
    _ body: ([ForeignRow]) async throws -> Void
  ) async throws -> Int {
    try await db.transaction(access: .readOnly) { tx in
      var parser = CopyParser()
      var batch: [ForeignRow] = []
      var count = 0
      for try await piece in tx.copyOut(SQL(raw: "copy (\(query)) to stdout (format binary)")) {
        parser.append(piece)
        while let row = try parser.next() {
          batch.append(row)
          guard batch.count == size else { continue }
          count += size
          try await body(batch)
          batch = []
        }
      }
      if !batch.isEmpty { try await body(batch) }
      return count + batch.count
    }
  }
}
