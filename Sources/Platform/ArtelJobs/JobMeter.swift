import ArtelTelemetry

/// Counts what a node does with the jobs of the kinds that it knows.
struct JobMeter: Sendable {
  /// How an attempt ended.
  private enum Ending: String, CaseIterable {
    case finished
    case failed
    case dead
    case cancelled
    case handedBack = "handed_back"

    init(_ outcome: Settlement.Outcome) {
      self =
        switch outcome {
        case .finished: .finished
        case .failed: .failed
        case .dead: .dead
        case .cancelled: .cancelled
        case .handedBack: .handedBack
        }
    }
  }

  private struct Kind: Sendable {
    let seconds: Histogram
    let endings: [Ending: Counter]

    init(_ kind: String, in registry: MetricRegistry) {
      seconds = registry.histogram(JobMeter.seconds, bounds: JobMeter.bounds, kind)
      var endings: [Ending: Counter] = [:]
      for ending in Ending.allCases {
        endings[ending] = registry.counter(JobMeter.endings, kind, ending.rawValue)
      }
      self.endings = endings
    }
  }

  private static let seconds = MetricFamily(
    .histogram,
    "artel_job_seconds",
    help: "Time that one attempt at a job took.",
    labels: ["kind"]
  )
  private static let endings = MetricFamily(
    .counter,
    "artel_jobs_total",
    help: "Attempts at jobs, by how they ended.",
    labels: ["kind", "outcome"]
  )
  private static let bounds = [0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800, 7200]

  private let kinds: [String: Kind]

  init(_ kinds: some Sequence<String>, in registry: MetricRegistry) {
    var known: [String: Kind] = [:]
    for kind in kinds { known[kind] = Kind(kind, in: registry) }
    self.kinds = known
  }

  /// Counts one attempt that has ended.
  func count(_ kind: String, _ outcome: Settlement.Outcome, took duration: Duration) {
    kinds[kind]?.seconds.observe(duration)
    kinds[kind]?.endings[Ending(outcome)]?.add()
  }
}
