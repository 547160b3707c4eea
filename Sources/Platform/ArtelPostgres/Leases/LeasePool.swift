import ArtelConcurrency
import Logging
import Synchronization

/// Hands out connections for writes and transactions, opened when needed and closed when idle.
final class LeasePool: Reactor.Ticker {
  private typealias Waiter = UnsafeContinuation<Connection, any Error>

  private struct State {
    var queue: LeaseQueue<Connection, Waiter>
    var isClosed = false
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

  /// A connection of the caller's own until it is released.
  func acquire() async throws -> Connection {
    enum Next {
      case use(Connection)
      case open, wait
      case fail(PostgresError)
    }
    let next = state.withLock { state -> Next in
      if state.isClosed {
        return .fail(PostgresError(code: .closed, message: "the database was closed"))
      }
      switch state.queue.acquire() {
      case .use(let connection): return .use(connection)
      case .open: return .open
      case .wait: return .wait
      case .refuse:
        return .fail(PostgresError(code: .poolExhausted, message: "too many calls are waiting"))
      }
    }
    switch next {
    case .use(let connection): return connection
    case .open: return try await open()
    case .wait: return try await wait()
    case .fail(let error): throw error
    }
  }

  /// Gives a connection back.
  ///
  /// One whose state is unknown is closed instead.
  func release(_ connection: Connection) {
    guard !connection.isClosed, connection.unanswered.isEmpty, connection.isOutsideTransaction
    else {
      connection.close()
      giveUp()
      return
    }
    let next = state.withLock { state -> LeaseQueue<Connection, Waiter>.Released in
      guard !state.isClosed else { return .nothing }
      return state.queue.release(connection, now: .now())
    }
    switch next {
    case .handOver(let connection, let waiter): waiter.resume(returning: connection)
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
    for waiter in waiters {
      waiter.resume(throwing: PostgresError(code: .closed, message: "the database was closed"))
    }
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
      waiter.resume(
        throwing: PostgresError(code: .poolExhausted, message: "no lease came free in time")
      )
    }
    for connection in retired { connection.close() }
    return isBusy
  }

  private func wait() async throws -> Connection {
    let id = Mutex<UInt64?>(nil)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { (continuation: Waiter) in
        // What was decided before may have changed since: it is decided again with the place in the
        // queue taken under the same lock.
        let next = state.withLock { state -> LeaseQueue<Connection, Waiter>.Acquired in
          let next = state.queue.acquire()
          guard case .wait = next else { return next }
          let place = state.queue.wait(continuation, now: .now())
          id.withLock { $0 = place }
          return next
        }
        switch next {
        case .use(let connection): continuation.resume(returning: connection)
        case .open: open(for: continuation)
        case .refuse: continuation.resume(throwing: LeasePool.refused)
        case .wait: break
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
    waiter.resume(throwing: CancellationError())
  }

  private func open() async throws -> Connection {
    let events = Connection.Events(
      skipped: { _, tickets in
        for ticket in tickets { ticket.answer(.failure(LeasePool.skipped)) }
      },
      lost: { [weak self] connection, unanswered in
        self?.isLost(connection, unanswered: unanswered)
      }
    )
    do {
      return try await connect(events)
    } catch {
      giveUp()
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
        waiter.resume(returning: try await open())
      } catch {
        waiter.resume(throwing: error)
      }
    }
  }

  private func isLost(_ connection: Connection, unanswered: [Ticket]) {
    state.withLock { $0.queue.drop { $0 === connection } }
    let error = PostgresError(
      code: .unknownOutcome,
      message: "the connection was lost after sending"
    )
    for ticket in unanswered { ticket.answer(.failure(error)) }
  }

  /// Frees the place of a connection that is no more; the oldest waiter gets a new one.
  private func giveUp() {
    let next = state.withLock { $0.queue.giveUp() }
    if case .open(let waiter) = next { open(for: waiter) }
  }

  private static let firstPause = Duration.milliseconds(50)
  private static let longestPause = Duration.seconds(1)

  private static let refused = PostgresError(
    code: .poolExhausted,
    message: "too many calls are waiting"
  )

  private static let skipped = PostgresError(
    code: .server,
    message: "not run, because a statement before it failed"
  )
}
