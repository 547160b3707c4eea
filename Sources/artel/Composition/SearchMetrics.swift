import ArtelPostgres
import ArtelTelemetry
import Foundation
import Search

/// Shows how full the search index is and when it was filled.
///
/// Here, because Search is an app: what operators see of the platform's parts is in `ArtelOperations`.
struct SearchMetrics: Sendable {
  private let documents = MetricFamily(
    .gauge,
    "artel_search_documents",
    help: "Documents that came into the search index, by what it is used for.",
    labels: ["state"]
  )
  private let fullestEra = MetricFamily(
    .gauge,
    "artel_search_fullest_era_documents",
    help: "Documents that came into the fullest era of the index that serves."
  )
  private let filled = MetricFamily(
    .gauge,
    "artel_search_last_filled_timestamp_seconds",
    help: "When the index that serves was filled, in seconds since 1970; absent while it never was."
  )

  /// Has them collected from the database of Search.
  ///
  /// Cost of each look: one read of the eras, not of the documents.
  func register(_ db: Database, in registry: MetricRegistry) {
    registry.collect([documents, fullestEra, filled]) { samples in
      // While the database does not answer, the page goes without them.
      for generation in (try? await Search.generations(in: db)) ?? [] {
        switch generation.state {
        case "serving":
          samples.add(documents, generation.documents, generation.state)
          samples.add(fullestEra, generation.fullestEra)
          if let date = generation.filledAt { samples.add(filled, date.timeIntervalSince1970) }
        case "building": samples.add(documents, generation.documents, generation.state)
        // What served before is about to be emptied.
        default: break
        }
      }
    }
  }
}
