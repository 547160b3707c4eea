import ArtelConcurrency
import ArtelPostgres
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
    } catch let error where !(error is CancellationError) {
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
    try await consumer.db.transaction { tx in
      guard let standing = try await inbox.take(at: clock.now(), in: tx) else { return .elsewhere }
      // Another node delivered in between, or somebody set the position.
      guard standing.position == position else { return .delivered }
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
        reached(.eventHandled)
      }
      if let last = entries.last { try await inbox.advance(to: last.position, in: tx) }
      reached(.batchComplete)
      return .delivered
    }
  }

  /// Tries what was put aside and is due, and then what comes behind it.
  private func retry() async throws -> Outcome {
    try await consumer.db.transaction { tx in
      let now = clock.now()
      guard try await inbox.take(at: now, in: tx) != nil else { return .elsewhere }
      reached(.batchBegun)
      var blocked: Set<String> = []
      var freed: Set<String> = []
      for (entry, before) in try await inbox.due(at: now, limit: options.batch, in: tx)
      where !blocked.contains(entry.aggregate) {
        if let after = try await attempt(entry, after: before.attempts, apart: true, in: tx) {
          blocked.insert(entry.aggregate)
          freed.remove(entry.aggregate)
          try await inbox.change(entry.id, to: after, in: tx)
        } else {
          freed.insert(entry.aggregate)
          try await inbox.forget(entry.id, in: tx)
        }
        reached(.eventHandled)
      }
      try await inbox.promote(freed, at: now, in: tx)
      reached(.batchComplete)
      return .delivered
    }
  }

  /// Lets an event take effect; returns what is to become of it when it did not.
  private func attempt(
    _ entry: EventEntry,
    after attempts: Int,
    apart: Bool,
    in tx: Transaction
  ) async throws -> Deferral? {
    let failure: any Error
    do {
      guard let effect = try consumer.effect(of: entry) else { return nil }
      guard apart else {
        try await effect(tx)
        return nil
      }
      try await tx.savepoint { tx async throws in try await effect(tx) }
      return nil
    } catch let error as Undeliverable {
      tell(entry, "An event was parked", error.reason)
      return .parked(error.reason, attempts: attempts)
    } catch {
      guard apart, !Task.isCancelled else { throw error }
      failure = error
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
