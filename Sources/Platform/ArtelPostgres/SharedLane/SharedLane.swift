import ArtelConcurrency
internal import DequeModule
import Logging
import Synchronization

/// Interleaves the reads of many tasks on a few read-only connections.
///
/// A read goes out at once while a connection is idle; what arrives while all are busy shares the
/// next flush and its one sync. A connection that keeps its oldest read waiting is bypassed: the
/// reads behind it are sent again elsewhere, and that statement runs on leases from then on.
final class SharedLane: Reactor.Ticker {
  private struct Slot {
    enum Status {
      case empty, connecting, idle
      case busy(since: Nanoseconds)
      case bypassed(since: Nanoseconds)
    }

    var status = Status.empty
    var connection: Connection?
    var retryAfter = Nanoseconds(rawValue: 0)
    var failures = 0
  }

  private struct State {
    var waiting = Deque<Ticket>()
    var slots: [Slot]
    /// Texts that were late, and until when they are kept off the lane.
    var slowTexts: [String: Nanoseconds] = [:]
    var lastFailure: PostgresError?
    var isClosed = false
    var late = 0
    var opened = 0
    var lost = 0
    var refused = 0
  }

  private enum Limits {
    static let readsPerFlush = 16
    static let lossesPerRead = 4
    static let slowTexts = 1_000
    static let slowFor = Duration.seconds(60)
    static let late = Duration.milliseconds(50)
    /// The server stops a read at its limit; a connection that says nothing long after is dead.
    static let silence = Duration.seconds(1)
    static let backOff = Duration.milliseconds(50)
    static let backOffDoublings = 6
  }

  private let configuration: DatabaseConfiguration
  private let reactor: Reactor
  private let pool: BlockingPool
  private let logger: Logger
  private let state: Mutex<State>
  private let hasSlowTexts = Atomic(false)
  /// Runs a read elsewhere when every connection of the lane is held up.
  private let overflow: @Sendable (Ticket) -> Void

  init(
    _ configuration: DatabaseConfiguration,
    reactor: Reactor,
    pool: BlockingPool,
    logger: Logger,
    overflow: @escaping @Sendable (Ticket) -> Void
  ) {
    self.configuration = configuration
    self.reactor = reactor
    self.pool = pool
    self.logger = logger
    self.overflow = overflow
    state = Mutex(
      State(slots: Array(repeating: Slot(), count: max(1, configuration.sharedConnections)))
    )
    reactor.add(self)
  }

  /// How many reads wait for a flush.
  var waitingCount: Int { state.withLock { $0.waiting.count } }

  /// Adds what its connections do.
  func report(to activity: inout DatabaseActivity) {
    let connections = state.withLock { state in
      activity.waitingReads += state.waiting.count
      activity.lateReads += state.late
      activity.opened += state.opened
      activity.lost += state.lost
      activity.refused += state.refused
      return state.slots.compactMap(\.connection)
    }
    activity.sharedConnections += connections.count
    activity.sharedReads += connections.reduce(0) { $0 + $1.unanswered.count }
  }

  /// Whether this text was late before and belongs on a lease.
  func isSlow(_ text: String) -> Bool {
    guard hasSlowTexts.load(ordering: .relaxed) else { return false }
    return state.withLock { state in
      guard let until = state.slowTexts[text] else { return false }
      if until > .now() { return true }
      state.slowTexts[text] = nil
      hasSlowTexts.store(!state.slowTexts.isEmpty, ordering: .relaxed)
      return false
    }
  }

  /// Sends reads now or with the next flush; the tickets are answered in any case.
  func submit(_ tickets: some Collection<Ticket>) {
    guard let first = tickets.first else { return }
    var refusal: PostgresError?
    var opening: [Int] = []
    let connection = state.withLock { state -> Connection? in
      if state.isClosed {
        refusal = PostgresError(code: .closed, message: "the database was closed")
        return nil
      }
      opening = SharedLane.markOpening(&state, now: first.created)
      if let index = state.slots.firstIndex(where: {
        if case .idle = $0.status { true } else { false }
      }) {
        state.slots[index].status = .busy(since: first.created)
        return state.slots[index].connection
      }
      guard state.waiting.count < configuration.waitingLimit else {
        refusal = PostgresError(
          code: .poolExhausted,
          message: "\(state.waiting.count) reads are waiting"
        )
        return nil
      }
      state.waiting.append(contentsOf: tickets)
      return nil
    }
    if let refusal {
      for ticket in tickets { ticket.answer(.failure(refusal)) }
    }
    for index in opening { open(slot: index) }
    if let connection, !connection.send(tickets) { sendAgain(Array(tickets)) }
    if connection == nil { reactor.watch() }
  }

  func close() {
    reactor.remove(self)
    let (connections, waiting) = state.withLock { state in
      state.isClosed = true
      defer { state.waiting.removeAll() }
      return (state.slots.compactMap(\.connection), Array(state.waiting))
    }
    let error = PostgresError(code: .closed, message: "the database was closed")
    for ticket in waiting { ticket.answer(.failure(error)) }
    for connection in connections { connection.close() }
  }

  func tick(now: Nanoseconds) -> Bool {
    var expired: [Ticket] = []
    var overflowing: [Ticket] = []
    var failure: PostgresError?
    var opening: [Int] = []
    var silent: [Connection] = []
    let isBusy = state.withLock { state -> Bool in
      bypassLateConnections(&state, now: now)
      silent = silentConnections(state, now: now)
      opening = state.waiting.isEmpty ? [] : SharedLane.markOpening(&state, now: now)
      if state.slots.allSatisfy({ if case .bypassed = $0.status { true } else { false } }) {
        overflowing = Array(state.waiting)
        state.waiting.removeAll()
      }
      while let first = state.waiting.first, now - first.created > configuration.acquireTimeout {
        expired.append(state.waiting.removeFirst())
      }
      failure = state.lastFailure
      return !state.waiting.isEmpty
        || state.slots.contains {
          switch $0.status {
          case .busy, .bypassed: true
          default: false
          }
        }
    }
    for connection in silent { connection.close() }
    for index in opening { open(slot: index) }
    if isBusy { sendToIdle() }
    for ticket in overflowing { overflow(ticket) }
    let error =
      failure ?? PostgresError(code: .poolExhausted, message: "no connection answered in time")
    for ticket in expired { ticket.answer(.failure(error)) }
    return isBusy
  }

  // MARK: What connections report

  private func connectionIsIdle(_ connection: Connection) {
    let batch = state.withLock { state -> [Ticket] in
      guard let index = state.slots.firstIndex(where: { $0.connection === connection }) else {
        return []
      }
      let batch = SharedLane.nextBatch(&state)
      state.slots[index].status = batch.isEmpty ? .idle : .busy(since: .now())
      return batch
    }
    if !batch.isEmpty, !connection.send(batch) { sendAgain(batch) }
  }

  private func connectionIsLost(_ connection: Connection, unanswered: [Ticket]) {
    state.withLock { state in
      guard let index = state.slots.firstIndex(where: { $0.connection === connection }) else {
        return
      }
      state.slots[index].connection = nil
      state.slots[index].status = .empty
      if !state.isClosed { state.lost += 1 }
    }
    for ticket in unanswered { ticket.noteLoss() }
    sendAgain(unanswered)
  }

  /// Reads change nothing, so whatever was not answered may be sent again; a few times when it was
  /// lost, since it may be what ends the connection, and at will when it was skipped.
  private func sendAgain(_ tickets: [Ticket]) {
    let open = tickets.filter { !$0.isAnswered }
    let spent = open.filter { $0.lossCount >= Limits.lossesPerRead }
    let error = PostgresError(
      code: .connectionUnavailable,
      message: "the connection was lost repeatedly"
    )
    for ticket in spent { ticket.answer(.failure(error)) }
    let again = open.filter { $0.lossCount < Limits.lossesPerRead }
    let opening = state.withLock { state -> [Int]? in
      if state.isClosed { return nil }
      state.waiting.insert(contentsOf: again, at: 0)
      return SharedLane.markOpening(&state, now: .now())
    }
    guard let opening else {
      let closed = PostgresError(code: .closed, message: "the database was closed")
      for ticket in again { ticket.answer(.failure(closed)) }
      return
    }
    for index in opening { self.open(slot: index) }
    sendToIdle()
    reactor.watch()
  }

  private func sendToIdle() {
    let work = state.withLock { state -> (Connection, [Ticket])? in
      guard
        let index = state.slots.firstIndex(where: {
          if case .idle = $0.status { true } else { false }
        }),
        let connection = state.slots[index].connection
      else { return nil }
      let batch = SharedLane.nextBatch(&state)
      guard !batch.isEmpty else { return nil }
      state.slots[index].status = .busy(since: .now())
      return (connection, batch)
    }
    if let (connection, batch) = work, !connection.send(batch) { sendAgain(batch) }
  }

  private static func nextBatch(_ state: inout State) -> [Ticket] {
    var batch: [Ticket] = []
    while batch.count < Limits.readsPerFlush, let ticket = state.waiting.popFirst() {
      if !ticket.isAnswered { batch.append(ticket) }
    }
    return batch
  }

  private func bypassLateConnections(_ state: inout State, now: Nanoseconds) {
    for index in state.slots.indices {
      guard case .busy(let since) = state.slots[index].status, now - since > Limits.late,
        let connection = state.slots[index].connection
      else { continue }
      let unanswered = connection.unanswered
      guard let oldest = unanswered.first else { continue }
      state.slots[index].status = .bypassed(since: since)
      state.late += 1
      if state.slowTexts.count >= Limits.slowTexts {
        state.slowTexts = state.slowTexts.filter { $0.value > now }
      }
      if state.slowTexts.count < Limits.slowTexts {
        state.slowTexts[oldest.key.text] = now + Limits.slowFor
      }
      hasSlowTexts.store(true, ordering: .relaxed)
      state.waiting.insert(contentsOf: unanswered.dropFirst().filter { !$0.isAnswered }, at: 0)
    }
  }

  private func silentConnections(_ state: State, now: Nanoseconds) -> [Connection] {
    state.slots.compactMap { slot in
      guard case .bypassed(let since) = slot.status,
        now - since > configuration.readTimeout + Limits.silence
      else { return nil }
      return slot.connection
    }
  }

  // MARK: Connecting

  private static func markOpening(_ state: inout State, now: Nanoseconds) -> [Int] {
    var opening: [Int] = []
    for index in state.slots.indices {
      if case .empty = state.slots[index].status, now >= state.slots[index].retryAfter {
        state.slots[index].status = .connecting
        opening.append(index)
      }
    }
    return opening
  }

  private func open(slot index: Int) {
    let events = Connection.Events(
      skipped: { [weak self] in self?.sendAgain($1) },
      idle: { [weak self] in self?.connectionIsIdle($0) },
      lost: { [weak self] in self?.connectionIsLost($0, unanswered: $1) }
    )
    let milliseconds = configuration.readTimeout / .milliseconds(1)
    let settings = [
      "default_transaction_read_only": "on", "statement_timeout": String(Int(milliseconds)),
    ]
    Task { [configuration, reactor, pool] in
      do {
        let connection = try await pool.run {
          try Connection.open(
            configuration,
            settings: settings,
            reactor: reactor,
            events: events,
            answersWhenIdle: false
          )
        }
        self.connected(connection, slot: index)
      } catch {
        self.failedToConnect(error, slot: index)
      }
    }
  }

  private func connected(_ connection: Connection, slot index: Int) {
    let isWanted = state.withLock { state -> Bool in
      guard !state.isClosed, !connection.isClosed else { return false }
      state.slots[index].connection = connection
      state.slots[index].status = .idle
      state.slots[index].failures = 0
      state.lastFailure = nil
      state.opened += 1
      return true
    }
    guard isWanted else {
      state.withLock { $0.slots[index].status = .empty }
      connection.close()
      return
    }
    sendToIdle()
  }

  private func failedToConnect(_ error: any Error, slot index: Int) {
    guard !state.withLock({ $0.isClosed }) else { return }
    logger.warning("A database connection failed", metadata: ["error": "\(error)"])
    state.withLock { state in
      let failures = min(state.slots[index].failures, Limits.backOffDoublings)
      state.slots[index].status = .empty
      state.slots[index].failures += 1
      state.refused += 1
      state.slots[index].retryAfter = Nanoseconds.now() + Limits.backOff * (1 << failures)
      state.lastFailure =
        error as? PostgresError
        ?? PostgresError(code: .connectionUnavailable, message: "no thread was free to connect")
    }
    reactor.watch()
  }
}
