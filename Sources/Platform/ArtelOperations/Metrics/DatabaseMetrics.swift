public import ArtelPostgres
public import ArtelTelemetry

/// Shows what the connections of the databases are doing.
public struct DatabaseMetrics: Sendable {
  private let leases = MetricFamily(
    .gauge,
    "artel_db_leases",
    help: "Connections for writes and transactions, by what they do.",
    labels: ["context", "state"]
  )
  private let waiting = MetricFamily(
    .gauge,
    "artel_db_waiting",
    help: "Calls that wait: for a lease, or for their read to be sent.",
    labels: ["context", "lane"]
  )
  private let shared = MetricFamily(
    .gauge,
    "artel_db_shared_connections",
    help: "Open connections that interleave reads.",
    labels: ["context"]
  )
  private let reads = MetricFamily(
    .gauge,
    "artel_db_shared_reads",
    help: "Reads that were sent among others and have no answer yet.",
    labels: ["context"]
  )
  private let late = MetricFamily(
    .counter,
    "artel_db_late_reads_total",
    help: "Reads that held up others for more than 50 ms and were passed by.",
    labels: ["context"]
  )
  private let opened = MetricFamily(
    .counter,
    "artel_db_connections_opened_total",
    help: "Connections that were made.",
    labels: ["context"]
  )
  private let lost = MetricFamily(
    .counter,
    "artel_db_connections_lost_total",
    help: "Connections that were lost, also those that ended at rest.",
    labels: ["context"]
  )
  private let refused = MetricFamily(
    .counter,
    "artel_db_connections_refused_total",
    help: "Connections for reads that could not be made.",
    labels: ["context"]
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from the databases of these contexts.
  public func register(_ databases: [String: Database], in registry: MetricRegistry) {
    registry.collect([leases, waiting, shared, reads, late, opened, lost, refused]) { samples in
      for (context, database) in databases.sorted(by: { $0.key < $1.key }) {
        let activity = database.activity
        let used = activity.leases - activity.restingLeases
        samples.add(leases, used, context, "used")
        samples.add(leases, activity.restingLeases, context, "resting")
        samples.add(waiting, activity.waitingForLease, context, "lease")
        samples.add(waiting, activity.waitingReads, context, "shared")
        samples.add(shared, activity.sharedConnections, context)
        samples.add(reads, activity.sharedReads, context)
        samples.add(late, activity.lateReads, context)
        samples.add(opened, activity.opened, context)
        samples.add(lost, activity.lost, context)
        samples.add(refused, activity.refused, context)
      }
    }
  }
}
