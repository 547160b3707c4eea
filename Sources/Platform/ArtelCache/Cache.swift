public import ArtelConcurrency
import FoundationEssentials
import Synchronization

/// Values that are dear to get and seldom change, in the memory of this node.
///
/// A value is asked for with the way to load it. Concurrent askers of one key share one load; its
/// error goes to all of them and is not kept. What an invalidation overtakes is not stored. Memory is
/// bounded by a reckoned cost, and keys that are asked for once never push out those in use. Look-ups
/// cost one lock and one hash look-up; safe from any thread.
///
/// ```swift
/// let card = try await cache.value(of: id, in: MemberCards.namespace) {
///   try await accounts.members([id])[id]
/// }
/// ```
public final class Cache: Sendable {
  /// What an entry costs besides its value: its key, its slot and its place in the index, in bytes.
  static let entryBytes = 256

  private let state: Mutex<CacheState<CacheFlight>>
  private let clock: WallClock

  /// Makes an empty cache.
  ///
  /// - Parameters:
  ///   - limitBytes: The most that all values together may take, as they are reckoned.
  ///   - clock: Tells when values expire.
  public init(limitBytes: Int, clock: WallClock = .system) {
    state = Mutex(CacheState(limitBytes: limitBytes))
    self.clock = clock
  }

  /// The value of an id, from memory or loaded.
  ///
  /// - Parameters:
  ///   - id: Which one.
  ///   - namespace: Of which kind.
  ///   - load: Gets the value; nil says that there is none, which is remembered, too. It runs in a
  ///     task of its own and is not cancelled with the caller, as others may wait for it.
  /// - Returns: The value; nil when there is none.
  /// - Throws: What `load` throws; `CancellationError` when the caller is cancelled while it waits.
  public func value<ID, Value>(
    of id: ID,
    in namespace: CacheNamespace<ID, Value>,
    load: @escaping @Sendable () async throws -> Value?
  ) async throws -> Value? {
    let now = clock.now()
    let place = namespace.key(id).place
    let (finding, flight) = state.withLock { $0.find([place], at: now) { CacheFlight() } }
    switch finding[0] {
    case .known(let value):
      return value as? Value
    case .loading(let flight):
      return try await flight.values[place.id] as? Value
    case .unknown:
      guard let flight else { return nil }
      start(flight, [(id, place)], in: namespace, at: now) { _ async throws in
        var loaded: [ID: Value] = [:]
        loaded[id] = try await load()
        return loaded
      }
      return try await flight.values[place.id] as? Value
    }
  }

  /// The values of several ids, from memory or by one load for all that are missing.
  ///
  /// - Parameters:
  ///   - ids: Which ones; twice the same counts once.
  ///   - namespace: Of which kind.
  ///   - load: Gets the values of the ids that nobody knows and nobody else loads; those it leaves out
  ///     have none.
  /// - Returns: The values there are.
  /// - Throws: As ``value(of:in:load:)``.
  public func values<ID, Value>(
    of ids: [ID],
    in namespace: CacheNamespace<ID, Value>,
    load: @escaping @Sendable (_ missing: [ID]) async throws -> [ID: Value]
  ) async throws -> [ID: Value] {
    let now = clock.now()
    let wanted = Set(ids).map { (id: $0, place: namespace.key($0).place) }
    let (findings, flight) = state.withLock {
      $0.find(wanted.map(\.place), at: now) { CacheFlight() }
    }
    var found: [ID: Value] = [:]
    var awaited: [(ID, String, CacheFlight)] = []
    var missing: [(id: ID, place: CachePlace)] = []
    for ((id, place), finding) in zip(wanted, findings) {
      switch finding {
      case .known(let value): found[id] = value as? Value
      case .loading(let other): awaited.append((id, place.id, other))
      case .unknown: missing.append((id, place))
      }
    }
    if let flight {
      awaited += missing.map { ($0.id, $0.place.id, flight) }
      start(flight, missing, in: namespace, at: now, load)
    }
    for (id, key, flight) in awaited {
      found[id] = try await flight.values[key] as? Value
    }
    return found
  }

  private func start<ID, Value>(
    _ flight: CacheFlight,
    _ missing: [(id: ID, place: CachePlace)],
    in namespace: CacheNamespace<ID, Value>,
    at now: Date,
    _ load: @escaping @Sendable ([ID]) async throws -> [ID: Value]
  ) {
    Task {
      do {
        let loaded = try await load(missing.map(\.id))
        var values: CacheFlight.Values = [:]
        state.withLock { state in
          for (id, place) in missing {
            let value = loaded[id]
            values[place.id] = value
            let lifetime = value == nil ? namespace.absentLifetime : namespace.lifetime
            let costBytes = value.map { MemoryLayout<Value>.stride + namespace.costBytes($0) } ?? 0
            state.finish(
              flight,
              at: place,
              with: value,
              costBytes: Cache.entryBytes + costBytes,
              // From when the load began: a change may have come right after the reading.
              validity: now..<now.addingTimeInterval(lifetime / .seconds(1))
            )
          }
        }
        flight.land(.success(values))
      } catch {
        state.withLock { $0.fail(flight, at: missing.map(\.place)) }
        flight.land(.failure(error))
      }
    }
  }

  /// Forgets a value on this node, and the loads of it that are under way.
  ///
  /// Who asks afterwards gets what a load brings that began afterwards.
  public func invalidate<Value>(_ key: CacheKey<Value>) {
    state.withLock { $0.invalidate(key.place) }
  }

  /// Forgets all values of a namespace on this node; O(1).
  public func invalidate<ID, Value>(_ namespace: CacheNamespace<ID, Value>) {
    state.withLock { $0.invalidate(namespace: namespace.name) }
  }

  /// How it is used.
  public var statistics: CacheStatistics {
    state.withLock { $0.snapshot }
  }
}
