import ArtelPostgres

/// Whether a statement of this database sleeps.
func isAsleep(_ db: Database) async throws -> Bool {
  try await !db.read(
    """
    select from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'
    """
  ).isEmpty
}
