public import ArtelCache
public import ArtelTelemetry

/// Shows what a cache holds and how it is used.
public struct CacheMetrics: Sendable {
  private typealias Counts = CacheStatistics.Counts

  /// One count of a namespace.
  private struct Count: Sendable {
    let family: MetricFamily
    let path: any KeyPath<Counts, Int> & Sendable

    init(_ name: String, _ path: any KeyPath<Counts, Int> & Sendable, _ help: String) {
      family = MetricFamily(
        .counter,
        "artel_cache_\(name)_total",
        help: help,
        labels: ["namespace"]
      )
      self.path = path
    }
  }

  private let counts = [
    Count("hits", \.hits, "Answers from memory, those that there is no value among them."),
    Count("misses", \.misses, "Answers that waited for a load, their own or another's."),
    Count("loads", \.loads, "Loads that began; one of many keys counts once."),
    Count("failed_loads", \.failedLoads, "Loads that ended with an error."),
    Count(
      "overtaken_loads",
      \.overtakenLoads,
      "Values that were invalidated while they were loaded."
    ),
    Count("evictions", \.evictions, "Values that had to make room for others."),
    Count(
      "invalidations",
      \.invalidations,
      "Keys that were invalidated, and once for each time all were."
    ),
  ]
  private let entries = MetricFamily(
    .gauge,
    "artel_cache_entries",
    help: "Values that are held, expired ones among them."
  )
  private let bytes = MetricFamily(
    .gauge,
    "artel_cache_bytes",
    help: "Memory that they are reckoned to take."
  )
  private let limit = MetricFamily(
    .gauge,
    "artel_cache_limit_bytes",
    help: "Memory that they may take at most."
  )

  /// Names the metrics.
  public init() {}

  /// Has them collected from the cache.
  public func register(_ cache: Cache, in registry: MetricRegistry) {
    registry.collect(counts.map(\.family) + [entries, bytes, limit]) { samples in
      let statistics = cache.statistics
      for (namespace, found) in statistics.namespaces.sorted(by: { $0.key < $1.key }) {
        for count in counts { samples.add(count.family, found[keyPath: count.path], namespace) }
      }
      samples.add(entries, statistics.entries)
      samples.add(bytes, statistics.bytes)
      samples.add(limit, statistics.limitBytes)
    }
  }
}
