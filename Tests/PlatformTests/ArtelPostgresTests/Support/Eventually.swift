import ArtelPostgres

/// Asks again until it is so; false when 30 s have passed.
nonisolated(nonsending) func eventually(_ isSo: () async throws -> Bool) async rethrows -> Bool {
  let deadline = ContinuousClock.now + .seconds(30)
  while ContinuousClock.now < deadline {
    if try await isSo() { return true }
    await Task.yield()
  }
  return false
}

/// Whether a statement of this database sleeps.
func isAsleep(_ db: Database) async throws -> Bool {
  try await !db.read(
    """
    select from pg_stat_activity
    where datname = current_database() and wait_event = 'PgSleep'
    """
  ).isEmpty
}
