import ArtelConcurrency
import ArtelIdentifiers
import ArtelPostgres
import FoundationEssentials

extension EventDelivery {
  /// Tells the log how far this consumer has come, so that it keeps the rest.
  func tellPosition() async throws {
    guard let position = try await inbox.standing(at: clock.now())?.position else { return }
    _ = try await log.db.write(
      """
      insert into events.readers as reader (consumer, epoch, xid, entry_id, seen_at)
      values (\(consumer.name), \(position.epoch), \(position.xid), \(position.entryID), now())
      on conflict (consumer) do update
      set epoch = excluded.epoch, xid = excluded.xid, entry_id = excluded.entry_id,
        seen_at = excluded.seen_at
      """
    )
  }
}

extension EventInbox {
  /// Forgets that events were received that were published before `date`; returns how many.
  ///
  /// Their ids hold their time. At most 1,000 for each statement.
  func prune(before date: Date, batches: Int) async throws -> Int {
    let milliseconds = UInt64(max(0, date.timeIntervalSince1970 * 1000))
    let oldest = EventID(high: milliseconds << 16, low: 0)
    var total = 0
    for _ in 0..<batches {
      let count = try await db.write(
        """
        delete from events.inbox_entries where (consumer, event_id) in (
          select consumer, event_id from events.inbox_entries
          where consumer = \(consumer) and event_id < \(oldest)
          order by event_id limit 1000 for update skip locked
        )
        """
      ).affectedCount
      total += count
      if count < 1_000 { break }
    }
    return total
  }
}

extension EventLog {
  /// Removes entries that were published before `date` and that every known consumer has read;
  /// returns how many.
  ///
  /// Looks at the oldest 1,000 entries for each statement, however long the log is.
  func prune(before date: Date, batches: Int) async throws -> Int {
    var total = 0
    for _ in 0..<batches {
      let count = try await db.write(
        """
        delete from events.outbox_entries where (epoch, xid, id) in (
          select epoch, xid, id
          from (
            select epoch, xid, id, occurred_at from events.outbox_entries
            order by epoch, xid, id limit 1000
          ) as oldest
          where occurred_at < \(date) and not exists (
            select from events.readers as reader
            where (reader.epoch, reader.xid, reader.entry_id) < (oldest.epoch, oldest.xid, oldest.id)
          )
        )
        """
      ).affectedCount
      total += count
      if count < 1_000 { break }
    }
    return total
  }
}

extension EventRelay {
  /// How much longer than the log it is remembered that an event was received.
  static let inboxSurplus: TimeInterval = 86_400

  /// Removes what every consumer has read and what is past its time; returns how many entries of logs
  /// and inboxes.
  ///
  /// At most 100 statements of 1,000 rows for each log and each inbox.
  @discardableResult
  public func prune() async throws -> (outbox: Int, inbox: Int) {
    let limit = clock.now() - options.retention / .seconds(1)
    var removed = (outbox: 0, inbox: 0)
    for delivery in deliveries {
      try await delivery.tellPosition()
      removed.inbox += try await delivery.inbox.prune(
        before: limit - Self.inboxSurplus,
        batches: 100
      )
    }
    for log in logs { removed.outbox += try await log.prune(before: limit, batches: 100) }
    return removed
  }
}
