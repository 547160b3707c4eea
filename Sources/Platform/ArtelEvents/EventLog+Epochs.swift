public import ArtelPostgres

extension EventLog {
  /// Begins a new epoch when the database has come to another PostgreSQL cluster, as after a restoration.
  ///
  /// Each cluster counts transactions from its own beginning: without an epoch, entries that a young
  /// cluster writes would stand before what the consumers have read, and never be seen. Call it before
  /// anything is published; nodes that start together take turns. Cost: one read when nothing changed.
  public static func settle(in db: Database) async throws {
    guard try await isElsewhere(db) else { return }
    try await db.transaction { tx in
      _ = try await tx.write("lock table events.log_epochs in share row exclusive mode")
      guard try await isElsewhere(tx) else { return }
      let rows = try await tx.write(
        """
        insert into events.log_epochs (number, system_identifier)
        select (select max(number) + 1 from events.log_epochs), system_identifier
        from pg_control_system()
        returning number
        """
      )
      let epoch: Int = try rows[0].decode(at: 0)
      // A constant default costs an insert nothing, unlike looking the epoch up.
      _ = try await tx.write(
        SQL(raw: "alter table events.outbox_entries alter column epoch set default \(epoch)")
      )
    }
  }

  private static func isElsewhere(_ reader: some StatementReader) async throws -> Bool {
    let rows = try await reader.read(
      """
      select system_identifier <> (select system_identifier from pg_control_system())
      from events.log_epochs order by number desc limit 1
      """
    )
    return try rows.first?.decode(at: 0) ?? true
  }
}
