import ArtelConcurrency
import ArtelPostgres
import ArtelTelemetry
import Foundation
import Logging

/// Brings the events of one log to one consumer.
///
/// Of all nodes one delivers at a time: whoever holds the lock of the subscription's row. The lock, the
/// effects, the inbox and the position belong to one transaction of the consumer's database.
struct EventDelivery: Sendable {
  let log: EventLog
  let consumer: EventConsumer
  let options: EventRelay.Options
  let clock: WallClock
  let logger: Logger
  let tracer: Tracer
  let meter: EventMeter
  let reached: @Sendable (EventRelay.Step) -> Void

  /// What one round came to.
  enum Outcome: Equatable {
    /// There may be more at once.
    case delivered
    /// Entries are there that an older transaction holds up.
    case unsettled
    /// Nothing is to be done.
    case idle
    /// Another node delivers.
    case elsewhere
  }

  /// What one transaction came to; counted once it is committed.
  private struct Batch: Sendable {
    let outcome: Outcome
    var handlings: [EventHandling] = []
  }

  var inbox: EventInbox {
    EventInbox(consumer: consumer.name, source: log.context, db: consumer.db)
  }

  /// Delivers all there is, until nothing is left or another node is at it; false when nothing was.
  @discardableResult
  func drain() async throws -> Bool {
    var pause = EventDelivery.firstPause
    var hasDelivered = false
    while true {
      switch try await round() {
      case .delivered:
        pause = EventDelivery.firstPause
        hasDelivered = true
      case .idle, .elsewhere: return hasDelivered
      case .unsettled:
        // Nobody tells when the older transaction ends, if it publishes nothing itself.
        try await Task.sleep(for: pause)
        pause = min(pause * 2, EventDelivery.longestPause)
      }
    }
  }

  /// One batch of what was put aside and is due, or of the log.
  func round() async throws -> Outcome {
    guard let standing = try await inbox.standing(at: clock.now()) else {
      try await inbox.register()
      return .delivered
    }
    if standing.isDue { return try await retry() }
    let stretch = try await log.entries(
      after: standing.position,
      limit: options.batch,
      names: consumer.names
    )
    guard !stretch.entries.isEmpty else {
      return stretch.isUnsettled ? .unsettled : .idle
    }
    reached(.entriesRead)
    let outcome: Outcome
    do {
      outcome = try await deliver(stretch.entries, from: standing.position, apart: false)
    } catch {
      guard !Task.isCancelled else { throw error }
      // Once more with each event on its own, so that one that fails does not take the others along.
      outcome = try await deliver(stretch.entries, from: standing.position, apart: true)
    }
    if outcome == .delivered { reached(.batchCommitted) }
    return outcome
  }

  /// - `apart`: Whether each event gets a savepoint, which costs two round trips.
  private func deliver(
    _ entries: [EventEntry],
    from position: EventPosition,
    apart: Bool
  ) async throws -> Outcome {
    let batch = try await consumer.db.transaction { tx -> Batch in
      guard let standing = try await inbox.take(at: clock.now(), in: tx) else {
        return Batch(outcome: .elsewhere)
      }
      var batch = Batch(outcome: .delivered)
      // Another node delivered in between, or somebody set the position.
      guard standing.position == position else { return batch }
      reached(.batchBegun)
      let wanted = entries.filter { $0.payload != nil }
      let fresh = try await inbox.receive(wanted.map(\.id), in: tx)
      var blocked: Set<String> =
        standing.hasDeferred
        ? try await inbox.deferredAggregates(among: wanted.map(\.aggregate), in: tx) : []
      for entry in wanted where fresh.contains(entry.id) {
        let deferral =
          blocked.contains(entry.aggregate)
          ? .behind : try await attempt(entry, after: 0, apart: apart, in: tx)
        if let deferral {
          try await inbox.put(aside: entry, as: deferral, at: clock.now(), in: tx)
          blocked.insert(entry.aggregate)
        }
        batch.handlings.append(EventHandling(entry, deferral))
        reached(.eventHandled)
      }
      if let last = entries.last { try await inbox.advance(to: last.position, in: tx) }
      reached(.batchComplete)
      return batch
    }
    meter.count(batch.handlings, at: clock.now())
    return batch.outcome
  }

  /// Tries what was put aside and is due, and then what comes behind it.
  private func retry() async throws -> Outcome {
    let batch = try await consumer.db.transaction { tx -> Batch in
      let now = clock.now()
      guard try await inbox.take(at: now, in: tx) != nil else { return Batch(outcome: .elsewhere) }
      var batch = Batch(outcome: .delivered)
      reached(.batchBegun)
      var blocked: Set<String> = []
      var freed: Set<String> = []
      for (entry, before) in try await inbox.due(at: now, limit: options.batch, in: tx)
      where !blocked.contains(entry.aggregate) {
        let after = try await attempt(entry, after: before.attempts, apart: true, in: tx)
        if let after {
          blocked.insert(entry.aggregate)
          freed.remove(entry.aggregate)
          try await inbox.change(entry.id, to: after, in: tx)
        } else {
          freed.insert(entry.aggregate)
          try await inbox.forget(entry.id, in: tx)
        }
        batch.handlings.append(EventHandling(entry, after))
        reached(.eventHandled)
      }
      try await inbox.promote(freed, at: now, in: tx)
      reached(.batchComplete)
      return batch
    }
    meter.count(batch.handlings, at: clock.now())
    if batch.outcome == .delivered { reached(.batchCommitted) }
    return batch.outcome
  }

  /// Lets an event take effect in a span of its own; returns what is to become of it when it did not.
  private func attempt(
    _ entry: EventEntry,
    after attempts: Int,
    apart: Bool,
    in tx: Transaction
  ) async throws -> Deferral? {
    let name = "\(consumer.name) \(entry.name)"
    return try await tracer.span(name, .consumer, following: entry.traceparent) {
      if let span = Span.current, span.isRecorded {
        span.set("artel.event_id", .text("\(entry.id)"))
        span.set("artel.attempt", .number(attempts + 1))
      }
      return try await handle(entry, after: attempts, apart: apart, in: tx)
    }
  }

  private func handle(
    _ entry: EventEntry,
    after attempts: Int,
    apart: Bool,
    in tx: Transaction
  ) async throws -> Deferral? {
    let failure: any Error
    do {
      guard let effect = try consumer.effect(of: entry) else { return nil }
      guard apart else {
        try await run(effect, in: tx)
        return nil
      }
      try await tx.savepoint { tx async throws in try await run(effect, in: tx) }
      return nil
    } catch let error as Undeliverable {
      Span.current?.fail("Undeliverable")
      tell(entry, "An event was parked", error.reason)
      return .parked(error.reason, attempts: attempts)
    } catch {
      guard apart, !Task.isCancelled else { throw error }
      failure = error
      Span.current?.fail("\(type(of: error))")
    }
    let deferral = Deferral.failed(
      failure,
      attempts: attempts + 1,
      schedule: options.retries,
      at: clock.now()
    )
    let isParked = deferral.state == .parked
    tell(entry, isParked ? "An event was parked" : "An event failed", "\(failure)")
    return deferral
  }

  /// Runs a handler, and cancels it when it takes too long.
  private func run(_ effect: @escaping EventConsumer.Effect, in tx: Transaction) async throws {
    let limit = options.handlerTimeLimit
    try await withThrowingTaskGroup(of: Bool.self) { group in
      group.addTask {
        try await effect(tx)
        return true
      }
      group.addTask {
        try await Task.sleep(for: limit)
        return false
      }
      defer { group.cancelAll() }
      guard try await group.next() == false else { return }
      group.cancelAll()
      // The transaction is the handler's until it has ended.
      do {
        _ = try await group.next()
      } catch {
        throw HandlerTookTooLong(limit: limit)
      }
    }
  }

  private func tell(_ entry: EventEntry, _ message: Logger.Message, _ reason: String) {
    logger.warning(
      message,
      metadata: [
        "consumer": "\(consumer.name)", "event": "\(entry.name)", "event_id": "\(entry.id)",
        "aggregate": "\(entry.aggregate)", "error": "\(reason)",
      ]
    )
  }

  private static let firstPause = Duration.milliseconds(2)
  private static let longestPause = Duration.milliseconds(100)
}

/// A handler was cancelled, as it did not come to an end.
private struct HandlerTookTooLong: Error, CustomStringConvertible {
  let limit: Duration
  var description: String { "the handler took longer than \(limit)" }
}
