import ArtelTelemetry

/// Counts the sockets of a node and what they are told.
struct SocketMeter: Sendable {
  private static let open = MetricFamily(
    .gauge,
    "artel_sockets_open",
    help: "WebSockets and event streams that are open or opening."
  )
  private static let told = MetricFamily(
    .counter,
    "artel_sockets_updates_total",
    help: "Updates told, once for each socket."
  )
  private static let ended = MetricFamily(
    .counter,
    "artel_sockets_ended_total",
    help: "Sockets that the server ended, by why.",
    labels: ["reason"]
  )
  private static let refused = MetricFamily(
    .counter,
    "artel_sockets_refused_total",
    help: "Sockets that were not let in: too many are open, or the node is not ready."
  )

  private let told: Counter
  private let refused: Counter
  private let endings: [Ending: Counter]

  init(in registry: MetricRegistry) {
    told = registry.counter(Self.told)
    refused = registry.counter(Self.refused)
    endings = Dictionary(
      uniqueKeysWithValues: Ending.allCases.map { ($0, registry.counter(Self.ended, $0.rawValue)) }
    )
  }

  /// Has the open sockets counted when somebody looks.
  func show(_ switchboard: Switchboard, in registry: MetricRegistry) {
    registry.collect([Self.open]) { samples in
      samples.add(Self.open, switchboard.socketCount)
    }
  }

  func countTold(_ updates: Int) {
    told.add(updates)
  }

  func countRefused() {
    refused.add()
  }

  func count(_ ending: Ending) {
    endings[ending]?.add()
  }
}
