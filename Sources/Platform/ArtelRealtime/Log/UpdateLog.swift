public import ArtelConcurrency
public import ArtelPostgres
import FoundationEssentials
import Synchronization

/// The durable log of updates in one context's database.
///
/// An entry is written by the verb whose change it tells of, in the verb's transaction:
/// ```swift
/// try await updates.publish(update, in: tx)
/// ```
public final class UpdateLog: Sendable {
  /// Entries in order, and where reading goes on.
  struct Page: Sendable {
    var entries: [LogEntry]
    /// Whether nothing more was there to be read.
    var isLast: Bool
    /// Whether there are entries that an older transaction, still running, holds back.
    var isUnsettled = false
    /// Everything up to here was read.
    var point: LogPoint
  }

  /// How many entries one statement reads.
  static let pageSize = 500

  /// How many entries one statement removes.
  static let prunedAtOnce = 1000

  /// The topic of the signals that tell of new entries.
  static let topic = "realtime"

  /// Names the log in positions: the context, in lower-case letters.
  public let name: String

  let db: Database
  let clock: WallClock
  private let known = Mutex<Position.Mark?>(nil)

  /// Opens the log of a context whose database has the part's tables.
  public init(context name: String, db: Database, clock: WallClock = .system) {
    self.name = name
    self.db = db
    self.clock = clock
  }

  /// Where a page stands that is made from what is read from now on, for the client to go on from.
  ///
  /// Nil until this node has read the log. Costs no statement.
  public var position: String? {
    mark.map { Position.text(of: $0, in: name) }
  }

  /// How far this node has read.
  var mark: Position.Mark? {
    get { known.withLock { $0 } }
    set { known.withLock { $0 = newValue } }
  }

  /// Appends an update, which is told once the transaction is committed.
  ///
  /// Cost: one statement; it notifies nobody inside the transaction.
  public func publish(_ update: LiveUpdate, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      insert into realtime.updates (audience, kind, payload, created_at)
      values (\(update.audience.text), \(update.kind), \(update.payload)::text::jsonb, \(clock.now()))
      """
    )
    tx.signal(Self.topic)
  }

  /// Where reading begins, and the present epoch.
  ///
  /// Entries of another cluster, which a restored backup brings along, may have numbers that are yet
  /// to come here and would be read before new ones; they are removed.
  func open() async throws -> Position.Mark {
    _ = try await db.write(
      """
      with cut as (delete from realtime.prunings where xid > pg_current_xact_id())
      delete from realtime.updates where xid > pg_current_xact_id()
      """
    )
    let row = try await db.read(
      """
      select (select to_hex(system_identifier) from pg_control_system())
        || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8),
        last.xid::text::bigint, last.id
      from (select) as one
      left join lateral (
        (
          select xid, id from realtime.updates
          where xid < pg_snapshot_xmin(pg_current_snapshot())
          order by xid desc, id desc limit 1
        )
        union all select xid, id from realtime.prunings
        order by xid desc, id desc limit 1
      ) as last on true
      """
    )[0]
    return Position.Mark(
      epoch: try row.decode(String.self, at: 0),
      point: LogPoint(
        xid: try row.decode(Int?.self, at: 1) ?? 0,
        id: try row.decode(Int?.self, at: 2) ?? 0
      )
    )
  }

  /// The entries after a point, of every audience, as far as nothing can come in between any more.
  ///
  /// Reading goes on behind the last entry, not behind the last transaction: a PostgreSQL that was
  /// killed gives those numbers again of which nothing was on disk yet.
  func entries(after point: LogPoint, limit: Int = pageSize) async throws -> Page {
    let rows = try await db.read(Self.grown(after: point, limit: limit))
    let entries = try Self.entries(rows)
    let isLast = entries.count < limit
    return Page(
      entries: entries,
      isLast: isLast,
      isUnsettled: try isLast && rows[0].decode(Bool.self, at: 0),
      point: entries.last?.point ?? point
    )
  }

  /// Nothing is read from the oldest running transaction on: it may yet commit entries.
  static func grown(after point: LogPoint, limit: Int) -> SQL {
    """
    select exists (select from realtime.updates where updates.xid >= horizon.xid),
      entry.xid::text::bigint, entry.id, entry.audience, entry.kind, entry.payload::text
    from (select pg_snapshot_xmin(pg_current_snapshot()) as xid) as horizon
    left join lateral (
      select xid, id, audience, kind, payload from realtime.updates
      where (xid, id) > (\(String(point.xid))::text::xid8, \(point.id)) and xid < horizon.xid
      order by xid, id limit \(limit)
    ) as entry on true
    order by entry.xid, entry.id
    """
  }

  /// The entries of some audiences after a point and up to another one; nil when some of them may
  /// have been removed already.
  ///
  /// Cost: one statement that reads at most `limit` entries for each audience.
  func entries(
    for audiences: [Audience],
    after point: LogPoint,
    through end: LogPoint,
    limit: Int = pageSize
  ) async throws -> Page? {
    let rows = try await db.read(
      Self.missed(by: audiences, after: point, through: end, limit: limit)
    )
    let isCut = try rows[0].decode(Bool.self, at: 0)
    guard !isCut else { return nil }
    let entries = try Self.entries(rows)
    if entries.count == limit, let last = entries.last {
      return Page(entries: entries, isLast: false, point: last.point)
    }
    return Page(entries: entries, isLast: true, point: end)
  }

  static func missed(
    by audiences: [Audience],
    after point: LogPoint,
    through end: LogPoint,
    limit: Int
  ) -> SQL {
    """
    select exists (
      select from realtime.prunings
      where (xid, id) > (\(String(point.xid))::text::xid8, \(point.id))
    ), entry.xid::text::bigint, entry.id, entry.audience, entry.kind, entry.payload::text
    from (select) as one
    left join lateral (
      select part.* from unnest(\(audiences.map(\.text))::text[]) as wanted (audience)
      cross join lateral (
        select xid, id, updates.audience, kind, payload from realtime.updates
        where updates.audience = wanted.audience
          and (xid, id) > (\(String(point.xid))::text::xid8, \(point.id))
          and (xid, id) <= (\(String(end.xid))::text::xid8, \(end.id))
        order by xid, id limit \(limit)
      ) as part
      order by part.xid, part.id limit \(limit)
    ) as entry on true
    order by entry.xid, entry.id
    """
  }

  private static func entries(_ rows: ResultRows) throws -> [LogEntry] {
    try rows.compactMap { row in
      guard let xid = try row.decode(Int?.self, at: 1) else { return nil }
      return LogEntry(
        point: LogPoint(xid: xid, id: try row.decode(Int.self, at: 2)),
        update: LiveUpdate(
          audience: Audience(text: try row.decode(String.self, at: 3)),
          kind: try row.decode(String.self, at: 4),
          payload: try row.decode(String.self, at: 5)
        )
      )
    }
  }

  /// Removes entries older than `age`, and notes how far; at most `limit`, in one statement.
  ///
  /// - Returns: How many were removed.
  @discardableResult
  func prune(olderThan age: Duration, limit: Int = prunedAtOnce) async throws -> Int {
    let now = clock.now()
    let expiry = now - TimeInterval(age.components.seconds)
    let rows = try await db.write(
      """
      with removed as (
        delete from realtime.updates where (xid, id) in (
          select xid, id from realtime.updates where created_at < \(expiry)
          order by created_at limit \(limit) for update skip locked
        ) returning xid, id
      ), last as (
        select xid, id from removed order by xid desc, id desc limit 1
      ), noted as (
        insert into realtime.prunings as known (xid, id, pruned_at)
        select xid, id, \(now) from last
        on conflict (is_only) do update
        set xid = excluded.xid, id = excluded.id, pruned_at = excluded.pruned_at
        where (known.xid, known.id) < (excluded.xid, excluded.id)
      )
      select count(*)::int from removed
      """
    )
    return try rows[0].decode(Int.self, at: 0)
  }
}
