internal import DequeModule

/// Who holds which connection and who waits: the lease pool's decisions as a pure value.
///
/// Waiters are served in the order they came. A connection given back goes to the oldest waiter,
/// else it rests; resting connections are reused newest first so that the others can be closed.
/// Late reads of the shared lane get half of the connections at most, so that a storm of them
/// leaves writes room.
struct LeaseQueue<Connection, Waiter> {
  enum Acquired {
    case use(Connection)
    /// Open a connection for the caller; report ``opened()`` or ``failedToOpen()`` afterwards.
    case open
    case wait
    case refuse
  }

  enum Released {
    case handOver(Connection, to: Waiter)
    case rest
    /// The connection was given up and somebody waits: open another one for this waiter.
    case open(for: Waiter)
    case nothing
  }

  private struct Resting {
    let connection: Connection
    let since: Nanoseconds
  }

  private struct Waiting {
    let waiter: Waiter
    let isLate: Bool
    let since: Nanoseconds
    let id: UInt64
  }

  private var resting: [Resting] = []
  private var waiting = Deque<Waiting>()
  private var nextID: UInt64 = 0
  /// Connections that exist or are being opened.
  private(set) var count = 0
  /// How many of them run late reads.
  private var lateCount = 0
  private let capacity: Int
  private let waitingLimit: Int
  private var lateLimit: Int { max(1, capacity / 2) }

  init(capacity: Int, waitingLimit: Int) {
    self.capacity = max(1, capacity)
    self.waitingLimit = waitingLimit
  }

  var waitingCount: Int { waiting.count }
  var restingCount: Int { resting.count }

  mutating func acquire(
    isLate: Bool = false,
    where isUsable: (Connection) -> Bool = { _ in true }
  ) -> Acquired {
    guard !isLate || lateCount < lateLimit else {
      return waiting.count < waitingLimit ? .wait : .refuse
    }
    // One that was lost a moment ago may rest here until its loss is reported.
    while let rested = resting.popLast() {
      guard isUsable(rested.connection) else {
        count -= 1
        continue
      }
      if isLate { lateCount += 1 }
      return .use(rested.connection)
    }
    if count < capacity {
      count += 1
      if isLate { lateCount += 1 }
      return .open
    }
    return waiting.count < waitingLimit ? .wait : .refuse
  }

  /// Puts a waiter at the end of the queue after ``acquire()`` said to wait; the id withdraws it.
  mutating func wait(_ waiter: Waiter, isLate: Bool = false, now: Nanoseconds) -> UInt64 {
    nextID += 1
    waiting.append(Waiting(waiter: waiter, isLate: isLate, since: now, id: nextID))
    return nextID
  }

  /// Takes a waiter out of the queue; nil when it was already served.
  mutating func withdraw(_ id: UInt64) -> Waiter? {
    guard let index = waiting.firstIndex(where: { $0.id == id }) else { return nil }
    return waiting.remove(at: index).waiter
  }

  mutating func release(_ connection: Connection, wasLate: Bool = false, now: Nanoseconds)
    -> Released
  {
    if wasLate { lateCount -= 1 }
    if let waiter = nextWaiter() { return .handOver(connection, to: waiter) }
    resting.append(Resting(connection: connection, since: now))
    return .rest
  }

  /// A connection was closed instead of given back, or could not be opened.
  mutating func giveUp(wasLate: Bool = false) -> Released {
    if wasLate { lateCount -= 1 }
    if let waiter = nextWaiter() { return .open(for: waiter) }
    count -= 1
    return .nothing
  }

  /// Takes out the oldest waiter who may have a connection now.
  private mutating func nextWaiter() -> Waiter? {
    guard let index = waiting.firstIndex(where: { !$0.isLate || lateCount < lateLimit }) else {
      return nil
    }
    let next = waiting.remove(at: index)
    if next.isLate { lateCount += 1 }
    return next.waiter
  }

  /// Takes out the waiters that came before `deadline`.
  mutating func expire(before deadline: Nanoseconds) -> [Waiter] {
    var expired: [Waiter] = []
    while let first = waiting.first, first.since < deadline {
      expired.append(waiting.removeFirst().waiter)
    }
    return expired
  }

  /// Takes out the connections that have rested since before `deadline`; they are to be closed.
  mutating func retire(restingSinceBefore deadline: Nanoseconds) -> [Connection] {
    let retired = resting.filter { $0.since < deadline }.map(\.connection)
    resting.removeAll { $0.since < deadline }
    count -= retired.count
    return retired
  }

  /// Forgets a resting connection that the server closed.
  mutating func drop(where isDropped: (Connection) -> Bool) {
    let before = resting.count
    resting.removeAll { isDropped($0.connection) }
    count -= before - resting.count
  }

  /// Empties the queue for closing.
  mutating func drain() -> (connections: [Connection], waiters: [Waiter]) {
    defer {
      count -= resting.count
      resting.removeAll()
      waiting.removeAll()
    }
    return (resting.map(\.connection), waiting.map(\.waiter))
  }
}
