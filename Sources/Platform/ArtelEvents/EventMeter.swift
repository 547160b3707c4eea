import ArtelTelemetry
import FoundationEssentials

/// What became of one event in a transaction of its consumer.
struct EventHandling: Sendable, Equatable {
  enum Outcome: String, CaseIterable {
    case handled
    /// Put aside: tried again later, or after an earlier event of its aggregate.
    case deferred
    case parked
  }

  let publishedAt: Date
  let outcome: Outcome

  init(_ entry: EventEntry, _ deferral: Deferral?) {
    publishedAt = entry.occurredAt
    outcome =
      switch deferral?.state {
      case nil: .handled
      case .waiting, .queued: .deferred
      case .parked: .parked
      }
  }
}

/// Counts what one consumer does with its events.
struct EventMeter: Sendable {
  private static let lag = MetricFamily(
    .histogram,
    "artel_event_lag_seconds",
    help: "Time from publishing an event until its effect was committed.",
    labels: ["consumer"]
  )
  private static let outcomes = MetricFamily(
    .counter,
    "artel_events_total",
    help: "Events that came to a consumer, by what became of them, at each attempt.",
    labels: ["consumer", "outcome"]
  )
  private static let bounds = [
    0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 60, 600, 3600,
  ]

  private let lag: Histogram
  private let outcomes: [EventHandling.Outcome: Counter]

  init(_ consumer: String, in registry: MetricRegistry) {
    lag = registry.histogram(Self.lag, bounds: Self.bounds, consumer)
    var outcomes: [EventHandling.Outcome: Counter] = [:]
    for outcome in EventHandling.Outcome.allCases {
      outcomes[outcome] = registry.counter(Self.outcomes, consumer, outcome.rawValue)
    }
    self.outcomes = outcomes
  }

  /// Counts events whose transaction was committed at `now`.
  func count(_ handlings: [EventHandling], at now: Date) {
    for handling in handlings {
      outcomes[handling.outcome]?.add()
      guard handling.outcome == .handled else { continue }
      // Not below zero, although the database that noted the one time may have another clock.
      lag.observe(.seconds(max(0, now.timeIntervalSince(handling.publishedAt))))
    }
  }
}
