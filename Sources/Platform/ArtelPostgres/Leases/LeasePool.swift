import ArtelConcurrency
import Logging
import Synchronization

/// Hands out connections for writes and transactions, opened when needed and closed when idle.
final class LeasePool: Reactor.Ticker {
  private struct Waiter {
    let continuation: UnsafeContinuation<Connection, any Error>
    let isLate: Bool
  }

  private struct State {
    var queue: LeaseQueue<Connection, Waiter>
    var isClosed = false
    var opened = 0
    var lost = 0
  }

  private let configuration: DatabaseConfiguration
  private let reactor: Reactor
  private let pool: BlockingPool
  private let state: Mutex<State>

  init(_ configuration: DatabaseConfiguration, reactor: Reactor, pool: BlockingPool) {
    self.configuration = configuration
    self.reactor = reactor
    self.pool = pool
    state = Mutex(
      State(
        queue: LeaseQueue(capacity: configuration.leases, waitingLimit: configuration.waitingLimit)
      )
    )
    reactor.add(self)
  }

  /// How many calls wait for a connection.
  var waitingCount: Int { state.withLock { $0.queue.waitingCount } }

  /// Adds what its connections do.
  func report(to activity: inout DatabaseActivity) {
    state.withLock { state in
      activity.leases += state.queue.count
      activity.restingLeases += state.queue.restingCount
      activity.waitingForLease += state.queue.waitingCount
      activity.opened += state.opened
      activity.lost += state.lost
    }
  }

  /// A connection of the caller's own until it is released.
  ///
  /// - `isLate`: Whether it is for a late read of the shared lane; say the same when releasing it.
  func acquire(isLate: Bool = false) async throws -> Connection {
    enum Next {
      case use(Connection)
      case open, wait
      case fail(PostgresError)
    }
    let next = state.withLock { state -> Next in
      if state.isClosed { return .fail(LeasePool.closed) }
      switch state.queue.acquire(isLate: isLate, where: { !$0.isClosed }) {
      case .use(let connection): return .use(connection)
      case .open: return .open
      case .wait: return .wait
      case .refuse: return .fail(LeasePool.refused)
      }
    }
    switch next {
    case .use(let connection): return connection
    case .open: return try await open(isLate: isLate)
    case .wait: return try await wait(isLate: isLate)
    case .fail(let error): throw error
    }
  }

  /// Gives a connection back.
  ///
  /// One whose state is unknown is closed instead.
  func release(_ connection: Connection, wasLate: Bool = false) {
    guard !connection.isClosed, connection.unanswered.isEmpty, connection.isOutsideTransaction
    else {
      connection.close()
      giveUp(wasLate: wasLate)
      return
    }
    let next = state.withLock { state -> LeaseQueue<Connection, Waiter>.Released in
      guard !state.isClosed else { return .nothing }
      return state.queue.release(connection, wasLate: wasLate, now: .now())
    }
    switch next {
    case .handOver(let connection, let waiter): waiter.continuation.resume(returning: connection)
    case .nothing: connection.close()
    case .rest, .open: break
    }
  }

  func close() {
    reactor.remove(self)
    let (connections, waiters) = state.withLock { state in
      state.isClosed = true
      return state.queue.drain()
    }
    for connection in connections { connection.close() }
    for waiter in waiters { waiter.continuation.resume(throwing: LeasePool.closed) }
  }

  func tick(now: Nanoseconds) -> Bool {
    let (expired, retired, isBusy) = state.withLock { state in
      (
        state.queue.expire(before: now - configuration.acquireTimeout),
        state.queue.retire(restingSinceBefore: now - configuration.idleLease),
        state.queue.waitingCount > 0
      )
    }
    for waiter in expired {
      waiter.continuation.resume(
        throwing: PostgresError(code: .poolExhausted, message: "no lease came free in time")
      )
    }
    for connection in retired { connection.close() }
    return isBusy
  }

  private func wait(isLate: Bool) async throws -> Connection {
    let id = Mutex<UInt64?>(nil)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        let waiter = Waiter(continuation: continuation, isLate: isLate)
        // What was decided before may have changed since: it is decided again with the place in the
        // queue taken under the same lock.
        let next = state.withLock { state -> LeaseQueue<Connection, Waiter>.Acquired? in
          guard !state.isClosed else { return nil }
          let next = state.queue.acquire(isLate: isLate, where: { !$0.isClosed })
          guard case .wait = next else { return next }
          let place = state.queue.wait(waiter, isLate: isLate, now: .now())
          id.withLock { $0 = place }
          return next
        }
        switch next {
        case .use(let connection): continuation.resume(returning: connection)
        case .open: open(for: waiter)
        case .refuse: continuation.resume(throwing: LeasePool.refused)
        case .wait: break
        case nil: continuation.resume(throwing: LeasePool.closed)
        }
        if Task.isCancelled { withdraw(id.withLock { $0 }) }
        reactor.watch()
      }
    } onCancel: {
      withdraw(id.withLock { $0 })
    }
  }

  private func withdraw(_ id: UInt64?) {
    guard let id, let waiter = state.withLock({ $0.queue.withdraw(id) }) else { return }
    waiter.continuation.resume(throwing: CancellationError())
  }

  private func open(isLate: Bool) async throws -> Connection {
    let events = Connection.Events(
      skipped: { _, tickets in
        for ticket in tickets { ticket.answer(.failure(LeasePool.skipped)) }
      },
      lost: { [weak self] connection, unanswered in
        self?.isLost(connection, unanswered: unanswered)
      }
    )
    do {
      let connection = try await connect(events)
      state.withLock { $0.opened += 1 }
      return connection
    } catch {
      giveUp(wasLate: isLate)
      throw error
    }
  }

  /// Connects; with several hosts again and again until the deadline, as one may be about to become
  /// the primary.
  private func connect(_ events: Connection.Events) async throws -> Connection {
    let deadline = Nanoseconds.now() + configuration.acquireTimeout
    var pause = LeasePool.firstPause
    while true {
      do {
        // In a task of its own: a cancelled one would drop the connection without closing it.
        return try await Task { [configuration, reactor, pool] in
          try await pool.run {
            try Connection.open(
              configuration,
              settings: ["idle_in_transaction_session_timeout": "60000"],
              reactor: reactor,
              events: events,
              answersWhenIdle: true
            )
          }
        }.value
      } catch let error as PostgresError where configuration.hasSeveralHosts {
        guard Nanoseconds.now() + pause < deadline, !state.withLock({ $0.isClosed }) else {
          throw error
        }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, LeasePool.longestPause)
      }
    }
  }

  private func open(for waiter: Waiter) {
    Task {
      do {
        waiter.continuation.resume(returning: try await open(isLate: waiter.isLate))
      } catch {
        waiter.continuation.resume(throwing: error)
      }
    }
  }

  private func isLost(_ connection: Connection, unanswered: [Ticket]) {
    state.withLock { state in
      state.queue.drop { $0 === connection }
      if !state.isClosed { state.lost += 1 }
    }
    let error = PostgresError(
      code: .unknownOutcome,
      message: "the connection was lost after sending"
    )
    for ticket in unanswered { ticket.answer(.failure(error)) }
  }

  /// Frees the place of a connection that is no more; the oldest waiter gets a new one.
  private func giveUp(wasLate: Bool) {
    let next = state.withLock { $0.queue.giveUp(wasLate: wasLate) }
    if case .open(let waiter) = next { open(for: waiter) }
  }

  private static let firstPause = Duration.milliseconds(50)
  private static let longestPause = Duration.seconds(1)

  private static let refused = PostgresError(
    code: .poolExhausted,
    message: "too many calls are waiting"
  )

  private static let closed = PostgresError(code: .closed, message: "the database was closed")

  private static let skipped = PostgresError(
    code: .server,
    message: "not run, because a statement before it failed"
  )
}
