public import ArtelJobs
public import ArtelTelemetry

/// Shows which jobs wait, run and are dead.
public struct JobMetrics: Sendable {
  private let open = MetricFamily(
    .gauge,
    "artel_jobs_open",
    help: "Jobs that are not over, by their state.",
    labels: ["kind", "state"]
  )
  private let oldest = MetricFamily(
    .gauge,
    "artel_jobs_oldest_due_seconds",
    help: "For how long the job has been due that has waited longest; 0 when none is due.",
    labels: ["kind"]
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from the queues of all contexts.
  ///
  /// Cost of each look: one read for each context.
  public func register(_ queues: [JobQueue], in registry: MetricRegistry) {
    for queue in queues {
      registry.collect([open, oldest]) { samples in
        // While a database does not answer, the page goes without its jobs.
        for kind in (try? await queue.statistics()) ?? [] {
          samples.add(open, kind.queued, kind.kind, "queued")
          samples.add(open, kind.running, kind.kind, "running")
          samples.add(open, kind.dead, kind.kind, "dead")
          samples.add(oldest, kind.oldestDue / .seconds(1), kind.kind)
        }
      }
    }
  }
}
