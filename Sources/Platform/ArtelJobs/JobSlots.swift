/// How much room a node has for jobs: the runner's decisions as a pure value.
struct JobSlots {
  /// How many of a kind may be taken now.
  struct Room: Equatable {
    let kind: String
    let count: Int
    /// How many may run on all nodes together; nil for any number.
    var overall: Int?
  }

  private let capacity: Int
  private let kinds: [String]
  private let limits: [String: Int]
  private let overall: [String: Int]
  private var running: [String: Int] = [:]
  private(set) var runningCount = 0
  /// Whether there may be due jobs that nobody has asked for.
  private var hasNews = true

  /// `limits` holds the kinds that have one of their own on each node, `overall` those that have one on
  /// all nodes together.
  init(capacity: Int, kinds: [String], limits: [String: Int], overall: [String: Int] = [:]) {
    self.capacity = max(1, capacity)
    self.kinds = kinds.sorted()
    self.limits = limits.merging(overall) { min($0, $1) }
    self.overall = overall
  }

  /// Something was queued, or enough time has passed to look again.
  mutating func ring() {
    hasNews = true
  }

  /// What to ask the database for; empty when there is no room, or nothing to be had.
  ///
  /// - Returns: The room of each kind, and how many jobs fit in all.
  mutating func ask() -> (rooms: [Room], total: Int) {
    let free = capacity - runningCount
    guard hasNews, free > 0 else { return ([], 0) }
    let rooms = kinds.compactMap { kind -> Room? in
      let count = limits[kind].map { min(free, $0 - (running[kind] ?? 0)) } ?? free
      return count > 0 ? Room(kind: kind, count: count, overall: overall[kind]) : nil
    }
    // A ring during the question must not be forgotten by its answer.
    hasNews = false
    return (rooms, rooms.isEmpty ? 0 : free)
  }

  /// What the database gave for ``ask()``; as many as there was room for means that there may be more.
  mutating func take(_ taken: [String], of total: Int) {
    for kind in taken { running[kind, default: 0] += 1 }
    runningCount += taken.count
    if taken.count >= total { hasNews = true }
  }

  /// A job of `kind` has ended.
  mutating func end(_ kind: String) {
    running[kind, default: 1] -= 1
    runningCount -= 1
    // Others of its kind may have been passed over, because there was no room for them.
    if limits[kind] != nil { hasNews = true }
  }
}
