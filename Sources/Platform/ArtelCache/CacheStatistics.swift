/// How a ``Cache`` is used: counts since the start, and what it holds now.
public struct CacheStatistics: Hashable, Sendable {
  /// The counts of one namespace.
  public struct Counts: Hashable, Sendable {
    /// Answers from memory, those that there is no value among them.
    public internal(set) var hits = 0
    /// Answers that had to wait for a load, their own or another's.
    public internal(set) var misses = 0
    /// Loads that ran; one of many keys counts once.
    public internal(set) var loads = 0
    /// Loads that ended with an error; nothing is stored of them.
    public internal(set) var failedLoads = 0
    /// Values whose load was overtaken by an invalidation, so that they were not stored.
    public internal(set) var overtakenLoads = 0
    /// Values that had to make room for others.
    public internal(set) var evictions = 0
    /// Keys that were invalidated one by one, and once for each time all were.
    public internal(set) var invalidations = 0

    /// Counts nothing yet.
    public init() {}
  }

  /// By the name of the namespace.
  public internal(set) var namespaces: [String: Counts] = [:]

  /// How many values are held, expired ones that nobody asked for since among them.
  public internal(set) var entries = 0

  /// What they are reckoned to take, in bytes.
  public internal(set) var bytes = 0

  /// What they may take at most, in bytes.
  public internal(set) var limitBytes = 0

  /// Counts nothing yet.
  public init() {}
}
