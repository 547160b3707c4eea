public import ArtelPostgres

/// The jobs in one context's database, as operators and metrics see them.
///
/// Jobs are put in by ``ArtelPostgres/Transaction/enqueue(_:_:)`` and taken out by a ``JobRunner``.
public struct JobQueue: Sendable {
  /// What wakes runners when jobs were stored.
  static let topic = "jobs"

  let db: Database

  /// Looks into a migrated database.
  public init(in db: Database) {
    self.db = db
  }
}
