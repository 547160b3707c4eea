public import ArtelPostgres
public import FoundationEssentials

/// The log of one context's events, as its readers see it.
public struct EventLog: Sendable {
  /// The topic of ``ArtelPostgres/Database/signals(on:atLeastEvery:)`` that tells of new entries.
  public static let topic = "events"

  /// The context that publishes.
  public let context: String

  let db: Database

  /// Names the log in a context's database.
  public init(_ context: String, in db: Database) {
    self.context = context
    self.db = db
  }

  /// What a read of the log found.
  public struct Stretch: Sendable {
    /// The next entries, in order; nothing before them can be added any more.
    public let entries: [EventEntry]

    /// Whether there are entries that cannot be read yet, because an older transaction is running,
    /// which may still add earlier ones.
    public let isUnsettled: Bool
  }

  /// Reads the entries behind a position, in the order of (epoch, xid, id).
  ///
  /// Never past the oldest transaction that still runs, since that one may yet commit entries with
  /// smaller numbers (PostgreSQL manual 9.27.8, `pg_snapshot_xmin`). Cost: one read of one index range,
  /// which ends at `limit`.
  ///
  /// - `names`: Entries with other names come without payload; nil asks for all payloads.
  public func entries(
    after position: EventPosition,
    limit: Int,
    names: [String]? = nil
  ) async throws -> Stretch {
    let rows = try await db.read(
      EventLog.selection(after: position, limit: limit, names: names)
    )
    let settled = try rows.prefix { try $0.decode(Bool.self, at: EventEntry.columnCount) }
    return Stretch(
      entries: try settled.map { try EventEntry(from: $0) },
      isUnsettled: settled.count < rows.count
    )
  }

  static func selection(after position: EventPosition, limit: Int, names: [String]?) -> SQL {
    let payload: SQL = names.map { "case when name = any (\($0)) then payload end" } ?? "payload"
    return """
      select epoch, xid, id, event_id, name, version, aggregate, \(payload), traceparent, occurred_at,
        xid < pg_snapshot_xmin(pg_current_snapshot())::text::bigint
          or epoch < (select max(number) from events.log_epochs)
      from events.outbox_entries
      where (epoch, xid, id) > \(position.row)
      order by epoch, xid, id
      limit \(limit)
      """
  }

  /// The position behind which stands everything published at `date` or later.
  ///
  /// Cost: reads the whole log.
  public func position(before date: Date) async throws -> EventPosition {
    let rows = try await db.read(
      """
      with first as (
        select epoch, xid, id from events.outbox_entries where occurred_at >= \(date)
        order by epoch, xid, id limit 1
      )
      select entry.epoch, entry.xid, entry.id from events.outbox_entries as entry
      where not exists (select from first)
        or (entry.epoch, entry.xid, entry.id) < (select epoch, xid, id from first)
      order by entry.epoch desc, entry.xid desc, entry.id desc limit 1
      """
    )
    return try rows.first.map { try EventPosition(from: $0, at: 0) } ?? .beginning
  }
}
