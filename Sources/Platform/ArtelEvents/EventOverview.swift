import ArtelPostgres
public import FoundationEssentials

/// How far a consumer is behind a log.
public struct EventLag: Codable, Hashable, Sendable {
  /// Who reads.
  public let consumer: String
  /// The context whose log it reads.
  public let source: String
  /// The last entry it has read, as ``EventPosition`` writes it.
  public let position: String
  /// How many entries it has not read; at most 100,000.
  public let events: Int
  /// How long the oldest of them has been there, in milliseconds; 0 without one.
  public let milliseconds: Int
  /// How many events failed and are tried again.
  public let waiting: Int
  /// How many events come after one of the same aggregate that failed.
  public let queued: Int
  /// How many events need somebody who retries or skips them.
  public let parked: Int
}

/// An event that a consumer could not take.
public struct DeferredEvent: Codable, Hashable, Sendable {
  /// Who could not take it.
  public let consumer: String
  /// Names the event.
  public let id: EventID
  /// What happened.
  public let name: String
  /// What it happened to.
  public let aggregate: String
  /// `waiting`, `queued` or `parked`.
  public let state: String
  /// How often it was tried.
  public let attempts: Int
  /// When it is tried again; nil unless it is waiting.
  public let nextAttemptAt: Date?
  /// Why the last attempt failed; nil before the first.
  public let reason: String?

  private enum CodingKeys: String, CodingKey {
    case consumer, id, name, aggregate, state, attempts, reason
    case nextAttemptAt = "next_attempt_at"
  }
}

/// What operators see and do about events: how far consumers are, what was put aside, replay.
///
/// Works on the databases alone, beside running nodes or without any.
public struct EventOverview: Sendable {
  let contexts: [EventLog]

  /// Looks at the logs and the consumers of these contexts.
  public init(_ contexts: [EventLog]) {
    self.contexts = contexts
  }

  /// The lag of every consumer that has ever run, by name.
  ///
  /// Cost: one read for each context and one for each subscription.
  public func lags() async throws -> [EventLag] {
    var lags: [EventLag] = []
    for home in contexts {
      let rows = try await home.db.read(
        """
        select subscription.epoch, subscription.xid, subscription.entry_id, consumer, source,
          count(event_id) filter (where state = 'waiting'),
          count(event_id) filter (where state = 'queued'),
          count(event_id) filter (where state = 'parked')
        from events.subscriptions as subscription left join events.deferred_events using (consumer, source)
        group by consumer, source, subscription.epoch, subscription.xid, subscription.entry_id
        order by consumer, source
        """
      )
      for row in rows {
        let source: String = try row.decode(at: 4)
        guard let log = contexts.first(where: { $0.context == source }) else { continue }
        let position = try EventPosition(from: row, at: 0)
        let unread = try await log.unread(after: position)
        lags.append(
          EventLag(
            consumer: try row.decode(at: 3),
            source: source,
            position: position.description,
            events: unread.events,
            milliseconds: unread.milliseconds,
            waiting: try row.decode(at: 5),
            queued: try row.decode(at: 6),
            parked: try row.decode(at: 7)
          )
        )
      }
    }
    return lags
  }

  /// What was put aside: first what is parked, then what waits, then what queues, each in the order of
  /// the logs; at most `limit` for each context.
  public func deferredEvents(limit: Int = 100) async throws -> [DeferredEvent] {
    var events: [DeferredEvent] = []
    for home in contexts {
      let rows = try await home.db.read(
        """
        select consumer, event_id, name, aggregate, state::text, attempts, next_attempt_at, reason
        from events.deferred_events
        order by state = 'queued', state = 'waiting', consumer, source, epoch, xid, entry_id
        limit \(limit)
        """
      )
      events += try rows.map { row in
        DeferredEvent(
          consumer: try row.decode(at: 0),
          id: try row.decode(at: 1),
          name: try row.decode(at: 2),
          aggregate: try row.decode(at: 3),
          state: try row.decode(at: 4),
          attempts: try row.decode(at: 5),
          nextAttemptAt: try row.decode(at: 6),
          reason: try row.decode(at: 7)
        )
      }
    }
    return events
  }

  /// Lets events be tried again: parked ones as if they had never been, waiting ones without the rest
  /// of their pause; running nodes do it within a second.
  ///
  /// - `id`: One event; nil takes all that are parked or waiting.
  /// - Returns: How many there are.
  @discardableResult
  public func retry(_ id: EventID?, at now: Date) async throws -> Int {
    var count = 0
    for home in contexts {
      count += try await home.db.write(
        """
        update events.deferred_events
        set state = 'waiting', next_attempt_at = \(now),
          attempts = case state when 'parked' then 0 else attempts end
        where state in ('parked', 'waiting') and coalesce(event_id = \(id), true)
        """
      ).affectedCount
    }
    return count
  }

  /// Gives up an event that was put aside; what comes behind it goes on.
  ///
  /// - `consumer`: Only for this consumer; nil for each that put it aside.
  /// - Returns: For how many consumers it was given up.
  @discardableResult
  public func skip(_ id: EventID, for consumer: String?, at now: Date) async throws -> Int {
    var count = 0
    for home in contexts {
      count += try await home.db.transaction { tx in
        // No delivery is under way meanwhile that would let a new event queue behind this one.
        _ = try await tx.read(
          """
          select from events.subscriptions where (consumer, source) in (
            select consumer, source from events.deferred_events
            where event_id = \(id) and coalesce(consumer = \(consumer), true)
          ) order by consumer, source for update
          """
        )
        let rows = try await tx.write(
          """
          delete from events.deferred_events
          where event_id = \(id) and coalesce(consumer = \(consumer), true)
          returning consumer, source, aggregate
          """
        )
        for row in rows {
          let inbox = EventInbox(
            consumer: try row.decode(at: 0),
            source: try row.decode(at: 1),
            db: home.db
          )
          try await inbox.promote([try row.decode(at: 2)], at: now, in: tx)
        }
        return rows.count
      }
    }
    return count
  }

  /// Lets a consumer receive everything behind a position again.
  ///
  /// Its handlers see those events a second time, so they must be able to bear that. Waits while a
  /// node delivers to it; running nodes begin within a second.
  ///
  /// - Returns: How many events will be delivered again; nil without such a consumer.
  public func replay(
    _ consumer: String,
    of source: String,
    after position: EventPosition
  ) async throws -> Int? {
    guard let log = contexts.first(where: { $0.context == source }) else { return nil }
    for home in contexts {
      let inbox = EventInbox(consumer: consumer, source: source, db: home.db)
      let count = try await home.db.transaction { tx in
        try await inbox.rewind(to: position, of: log, in: tx)
      }
      if let count { return count }
    }
    return nil
  }
}

extension EventLog {
  /// How much stands behind a position, counted up to 100,000, and how old the first of it is.
  func unread(after position: EventPosition) async throws -> (events: Int, milliseconds: Int) {
    let row = try await db.read(
      """
      select count(*),
        coalesce(max(extract(epoch from clock_timestamp() - occurred_at)) * 1000, 0)::bigint
      from (
        select occurred_at from events.outbox_entries where (epoch, xid, id) > \(position.row)
        order by epoch, xid, id limit 100000
      ) as unread
      """
    )[0]
    return (try row.decode(at: 0), try row.decode(at: 1))
  }
}

extension EventInbox {
  /// Goes back to a position and forgets what came after it; nil without a subscription.
  func rewind(to position: EventPosition, of log: EventLog, in tx: Transaction) async throws -> Int?
  {
    let taken = try await tx.read(
      """
      select from events.subscriptions
      where consumer = \(consumer) and source = \(source) for update
      """
    )
    guard !taken.isEmpty else { return nil }
    var count = 0
    var last = position
    while true {
      let entries = try await log.entries(after: last, limit: 1_000, names: []).entries
      guard let end = entries.last else { break }
      last = end.position
      count += try await tx.write(
        """
        delete from events.inbox_entries
        where consumer = \(consumer) and event_id = any (\(entries.map(\.id)))
        """
      ).affectedCount
    }
    _ = try await tx.write(
      """
      delete from events.deferred_events
      where consumer = \(consumer) and source = \(source)
        and (epoch, xid, entry_id) > \(position.row)
      """
    )
    try await advance(to: position, in: tx)
    return count
  }
}
