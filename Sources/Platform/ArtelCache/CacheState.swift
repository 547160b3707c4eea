import FoundationEssentials

/// What a cache knows and which loads are under way: every decision, without tasks or clocks.
///
/// A load is a *flight*. A key has at most one that newcomers join. An invalidation takes the flight
/// away from its key: who waits for it gets its value, as they asked before, but it is not stored,
/// and whoever asks afterwards starts another one.
struct CacheState<Flight: AnyObject> {
  struct Entry {
    /// Nil when it is known that there is no value.
    let value: (any Sendable)?
    let generation: Int
    /// A clock that was set back must not make values live longer, so there is a beginning, too.
    let validity: Range<Date>
  }

  private struct Landing {
    let flight: Flight
    let generation: Int
  }

  enum Finding {
    /// It is known; nil means that there is no value.
    case known((any Sendable)?)
    /// Somebody is loading it.
    case loading(Flight)
    /// Nobody knows.
    case unknown
  }

  private var table: CacheTable<CachePlace, Entry>
  private var landings: [CachePlace: Landing] = [:]
  private var generations: [String: Int] = [:]
  private var statistics = CacheStatistics()

  init(limitBytes: Int) {
    table = CacheTable(limit: limitBytes)
  }

  /// Looks for values of one namespace, and begins a flight for all that nobody knows or loads.
  ///
  /// - Returns: What was found, in the same order; the flight that `make` made, nil when none was
  ///   needed.
  mutating func find(
    _ places: [CachePlace],
    at now: Date,
    _ make: () -> Flight
  ) -> ([Finding], Flight?) {
    let findings = places.map { find($0, at: now) }
    let unknown = zip(places, findings).compactMap { place, finding in
      if case .unknown = finding { place } else { nil }
    }
    guard !unknown.isEmpty else { return (findings, nil) }
    let flight = make()
    begin(flight, for: unknown)
    return (findings, flight)
  }

  private mutating func find(_ place: CachePlace, at now: Date) -> Finding {
    let generation = generation(of: place.namespace)
    if let entry = table.find(place) {
      if entry.generation == generation, entry.validity.contains(now) {
        count(place.namespace) { $0.hits += 1 }
        return .known(entry.value)
      }
      table.remove(place)
    }
    count(place.namespace) { $0.misses += 1 }
    if let landing = landings[place], landing.generation == generation {
      return .loading(landing.flight)
    }
    return .unknown
  }

  private mutating func begin(_ flight: Flight, for places: [CachePlace]) {
    guard let namespace = places.first?.namespace else { return }
    let landing = Landing(flight: flight, generation: generation(of: namespace))
    for place in places { landings[place] = landing }
    count(namespace) { $0.loads += 1 }
  }

  /// Whether the key is still this flight's; it is no longer afterwards.
  private mutating func land(_ flight: Flight, at place: CachePlace) -> Bool {
    guard let landing = landings[place], landing.flight === flight else { return false }
    landings[place] = nil
    return landing.generation == generation(of: place.namespace)
  }

  /// Ends a flight and stores what it brought, unless it was overtaken by an invalidation.
  mutating func finish(
    _ flight: Flight,
    at place: CachePlace,
    with value: (any Sendable)?,
    costBytes: Int,
    validity: Range<Date>
  ) {
    guard land(flight, at: place) else {
      count(place.namespace) { $0.overtakenLoads += 1 }
      return
    }
    guard !validity.isEmpty else { return }
    let entry = Entry(
      value: value,
      generation: generation(of: place.namespace),
      validity: validity
    )
    for evicted in table.insert(place, entry, cost: costBytes) {
      count(evicted.namespace) { $0.evictions += 1 }
    }
  }

  /// Ends a flight that brought nothing.
  mutating func fail(_ flight: Flight, at places: [CachePlace]) {
    for place in places { _ = land(flight, at: place) }
    if let namespace = places.first?.namespace { count(namespace) { $0.failedLoads += 1 } }
  }

  mutating func invalidate(_ place: CachePlace) {
    table.remove(place)
    landings[place] = nil
    count(place.namespace) { $0.invalidations += 1 }
  }

  /// Costs the same however many values there are: they are of an older generation from now on, and
  /// go as others do.
  mutating func invalidate(namespace: String) {
    generations[namespace, default: 0] += 1
    count(namespace) { $0.invalidations += 1 }
  }

  var snapshot: CacheStatistics {
    var snapshot = statistics
    snapshot.entries = table.count
    snapshot.bytes = table.cost
    snapshot.limitBytes = table.limit
    return snapshot
  }

  private func generation(of namespace: String) -> Int {
    generations[namespace, default: 0]
  }

  private mutating func count(
    _ namespace: String,
    _ change: (inout CacheStatistics.Counts) -> Void
  ) {
    change(&statistics.namespaces[namespace, default: CacheStatistics.Counts()])
  }
}
