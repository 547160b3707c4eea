import ArtelPostgres
import Foundation

/// What a consumer's own database knows of its reading of one log.
struct EventInbox: Sendable {
  let consumer: String
  let source: String
  let db: Database

  /// How far it has come, and whether something was put aside.
  struct Standing: Sendable, Equatable {
    var position: EventPosition
    var hasDeferred: Bool
    var isDue: Bool
  }

  /// Makes the subscription where it is missing.
  func register() async throws {
    _ = try await db.write(
      """
      insert into events.subscriptions (consumer, source) values (\(consumer), \(source))
      on conflict do nothing
      """
    )
  }

  /// The present standing; nil without a subscription.
  func standing(at now: Date) async throws -> Standing? {
    let rows = try await db.read("\(selection(at: now))")
    return try rows.first.map { try standing(from: $0) }
  }

  /// The standing, kept from others until the transaction ends; nil while another node delivers.
  func take(at now: Date, in tx: Transaction) async throws -> Standing? {
    let rows = try await tx.read("\(selection(at: now)) for update of subscription skip locked")
    return try rows.first.map { try standing(from: $0) }
  }

  private func selection(at now: Date) -> SQL {
    """
    select epoch, xid, entry_id,
      exists (select from events.deferred_events \(mine)),
      exists (
        select from events.deferred_events \(mine) and state = 'waiting' and next_attempt_at <= \(now)
      )
    from events.subscriptions as subscription
    where consumer = \(consumer) and source = \(source)
    """
  }

  private func standing(from row: PostgresRow) throws -> Standing {
    Standing(
      position: try EventPosition(from: row, at: 0),
      hasDeferred: try row.decode(at: 3),
      isDue: try row.decode(at: 4)
    )
  }

  /// Notes events as received and returns those that are new.
  func receive(_ ids: [EventID], in tx: Transaction) async throws -> Set<EventID> {
    guard !ids.isEmpty else { return [] }
    let rows = try await tx.write(
      """
      insert into events.inbox_entries (consumer, event_id)
      select \(consumer), event_id from unnest(\(ids)) as event (event_id)
      on conflict do nothing
      returning event_id
      """
    )
    return Set(try rows.map { try $0.decode(EventID.self, at: 0) })
  }

  /// Which of the aggregates have events that were put aside.
  func deferredAggregates(among aggregates: [String], in tx: Transaction) async throws
    -> Set<String>
  {
    let rows = try await tx.read(
      """
      select distinct aggregate from events.deferred_events \(mine) and aggregate = any (\(aggregates))
      """
    )
    return Set(try rows.map { try $0.decode(String.self, at: 0) })
  }

  /// Moves the position forward.
  func advance(to position: EventPosition, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      update events.subscriptions
      set epoch = \(position.epoch), xid = \(position.xid), entry_id = \(position.entryID),
        moved_at = now()
      where consumer = \(consumer) and source = \(source)
      """
    )
  }

  // MARK: Deferred events

  /// Puts an event aside.
  func put(
    aside entry: EventEntry,
    as deferral: Deferral,
    at now: Date,
    in tx: Transaction
  ) async throws {
    guard let payload = entry.payload else { return }
    _ = try await tx.write(
      """
      insert into events.deferred_events (consumer, event_id, source, epoch, xid, entry_id, name,
        version, aggregate, payload, traceparent, occurred_at, state, attempts, next_attempt_at,
        reason, deferred_at)
      values (\(consumer), \(entry.id), \(source), \(entry.position.epoch), \(entry.position.xid),
        \(entry.position.entryID), \(entry.name), \(entry.version), \(entry.aggregate),
        \(JSONText(payload.text)), \(entry.traceparent), \(entry.occurredAt),
        \(deferral.state)::events.deferral_state, \(deferral.attempts), \(deferral.nextAttemptAt),
        \(deferral.reason), \(now))
      """
    )
  }

  /// The events of those aggregates whose turn it is, in order.
  func due(at now: Date, limit: Int, in tx: Transaction) async throws -> [(EventEntry, Deferral)] {
    let rows = try await tx.read(
      """
      select epoch, xid, entry_id, event_id, name, version, aggregate, payload, traceparent,
        occurred_at, state::text, attempts, next_attempt_at, reason
      from events.deferred_events
      \(mine) and aggregate in (
        select aggregate from events.deferred_events
        \(mine) and state = 'waiting' and next_attempt_at <= \(now)
        order by next_attempt_at limit \(limit)
      )
      order by epoch, xid, entry_id limit \(limit)
      """
    )
    return try rows.map { row in
      (try EventEntry(from: row), try Deferral(from: row, at: EventEntry.columnCount))
    }
  }

  /// Changes what is to become of an event.
  func change(_ id: EventID, to deferral: Deferral, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      update events.deferred_events
      set state = \(deferral.state)::events.deferral_state, attempts = \(deferral.attempts),
        next_attempt_at = \(deferral.nextAttemptAt), reason = \(deferral.reason)
      where consumer = \(consumer) and event_id = \(id)
      """
    )
  }

  /// Forgets an event that has taken effect.
  func forget(_ id: EventID, in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      delete from events.deferred_events where consumer = \(consumer) and event_id = \(id)
      """
    )
  }

  /// Lets what comes first of each aggregate be tried at once, unless it is parked.
  func promote(_ aggregates: Set<String>, at now: Date, in tx: Transaction) async throws {
    guard !aggregates.isEmpty else { return }
    _ = try await tx.write(
      """
      update events.deferred_events as deferred
      set state = 'waiting', next_attempt_at = \(now)
      where consumer = \(consumer) and source = \(source) and state = 'queued'
        and aggregate = any (\(aggregates.sorted()))
        and not exists (
          select from events.deferred_events as earlier
          where earlier.consumer = deferred.consumer and earlier.source = deferred.source
            and earlier.aggregate = deferred.aggregate
            and (earlier.epoch, earlier.xid, earlier.entry_id)
              < (deferred.epoch, deferred.xid, deferred.entry_id)
        )
      """
    )
  }

  private var mine: SQL { "where consumer = \(consumer) and source = \(source)" }
}
