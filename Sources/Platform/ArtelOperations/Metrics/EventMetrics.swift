public import ArtelEvents
public import ArtelTelemetry

/// Shows how far consumers of events are, and what they could not take.
public struct EventMetrics: Sendable {
  private let unread = MetricFamily(
    .gauge,
    "artel_events_unread",
    help: "Events that a consumer has not read yet, counted up to 100,000.",
    labels: ["consumer", "source"]
  )
  private let oldest = MetricFamily(
    .gauge,
    "artel_events_oldest_unread_seconds",
    help: "Age of the oldest event that a consumer has not read yet; 0 without one.",
    labels: ["consumer", "source"]
  )
  private let deferred = MetricFamily(
    .gauge,
    "artel_events_deferred",
    help: "Events that a consumer has put aside, by what is to become of them.",
    labels: ["consumer", "source", "state"]
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from the logs and the consumers of all contexts.
  ///
  /// Cost of each look: one read for each context and one for each subscription.
  public func register(_ overview: EventOverview, in registry: MetricRegistry) {
    registry.collect([unread, oldest, deferred]) { samples in
      // While a database does not answer, the page goes without them.
      for lag in (try? await overview.lags()) ?? [] {
        samples.add(unread, lag.events, lag.consumer, lag.source)
        samples.add(oldest, Double(lag.milliseconds) / 1000, lag.consumer, lag.source)
        samples.add(deferred, lag.waiting, lag.consumer, lag.source, "waiting")
        samples.add(deferred, lag.queued, lag.consumer, lag.source, "queued")
        samples.add(deferred, lag.parked, lag.consumer, lag.source, "parked")
      }
    }
  }
}
