extension Transaction {
  /// Runs `body` while tables have neither foreign keys of their own nor indexes beside those of their
  /// constraints, and makes both anew: the fastest way to store millions of rows.
  ///
  /// Nobody else can read or write the tables until the transaction ends. Whatever `body` stored is
  /// checked when the foreign keys and the unique indexes come back. Comments on either are not kept.
  ///
  /// - Parameters:
  ///   - tables: Names of tables, with their schema when it is not in the search path; the role has to
  ///     own them.
  ///   - body: Stores the rows.
  /// - Returns: What `body` returns.
  /// - Throws: ``PostgresError``, also for rows that break what was taken off; the transaction can only
  ///   roll back then, and everything is as it was.
  nonisolated(nonsending) public func withoutIndexes<Result: Sendable>(
    on tables: [String],
    _ body: () async throws -> Result
  ) async throws -> Result {
    let foreignKeys = try await read(
      """
      select format('alter table %s drop constraint %I', conrelid::regclass, conname),
        format('alter table %s add constraint %I %s',
          conrelid::regclass, conname, pg_get_constraintdef(oid))
      from pg_constraint
      where contype = 'f' and conrelid = any(\(tables)::text[]::regclass[])
      order by conname
      """
    )
    // An index that a constraint stands on, its own or a foreign key of another table, stays.
    let indexes = try await read(
      """
      select format('drop index %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
      from pg_index
      where indrelid = any(\(tables)::text[]::regclass[])
        and not exists (select from pg_constraint where conindid = indexrelid)
      order by indexrelid::regclass::text
      """
    )
    for row in Array(foreignKeys) + Array(indexes) { try await run(row, at: 0) }
    let result = try await body()
    for row in Array(indexes) + Array(foreignKeys) { try await run(row, at: 1) }
    return result
  }

  /// Runs the statement that a row says.
  private func run(_ row: PostgresRow, at column: Int) async throws {
    _ = try await write(SQL(raw: try row.decode(String.self, at: column)))
  }
}
