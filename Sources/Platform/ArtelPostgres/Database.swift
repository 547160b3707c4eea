public import ArtelConcurrency
public import Logging
import Synchronization

/// Runs statements that only read.
public protocol StatementReader: Sendable {
  /// Runs one reading statement and returns its rows.
  func read(_ sql: SQL) async throws -> ResultRows

  /// Runs independent reading statements at the same time; their rows come in the same order.
  ///
  /// - Throws: The error of the first of them that failed.
  func readTogether(_ statements: [SQL]) async throws -> [ResultRows]
}

extension StatementReader {
  /// Runs each statement as a read of its own.
  public func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    try await withThrowingTaskGroup(of: (Int, ResultRows).self) { group in
      for (index, statement) in statements.enumerated() {
        group.addTask { (index, try await read(statement)) }
      }
      var results: [(Int, ResultRows)] = []
      for try await result in group { results.append(result) }
      return results.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }
}

/// Runs any single statement.
public protocol StatementWriter: StatementReader {
  /// Runs one statement and returns its rows; `affectedCount` tells how many rows it changed.
  func write(_ sql: SQL) async throws -> ResultRows
}

/// One PostgreSQL database: a shared lane for reads and leases for everything else.
///
/// Opens connections when they are first needed, and closes them when it is released. Close it
/// before the reactor and the pool end.
///
/// ```swift
/// let rows = try await db.read("select title from posts where id = \(id)")
/// try await db.transaction { tx in
///   try await tx.write("update posts set title = \(title) where id = \(id)")
/// }
/// ```
public final class Database: StatementWriter {
  /// What the database was opened with.
  public let configuration: DatabaseConfiguration

  private let lane: SharedLane
  private let leases: LeasePool
  let board: SignalBoard
  private let pool: BlockingPool
  private let reactor: Reactor
  private let logger: Logger
  private let observer: (@Sendable (StatementRecord) -> Void)?
  /// What reads are recorded as.
  private let readLane: StatementRecord.Lane
  private let replicas: [Replica]
  private let turns = Atomic(0)

  /// Describes a database; the first statement connects.
  ///
  /// - Parameters:
  ///   - configuration: Where it is and how much of it may be used.
  ///   - reactor: Waits for its sockets.
  ///   - pool: Where connections are opened and cancel requests are sent.
  ///   - logger: Told of lost connections and slow statements.
  ///   - observer: Called after every statement, on the calling task; keep it cheap. Default none.
  public convenience init(
    _ configuration: DatabaseConfiguration,
    reactor: Reactor,
    pool: BlockingPool,
    logger: Logger,
    observer: (@Sendable (StatementRecord) -> Void)? = nil
  ) {
    self.init(
      configuration,
      reactor: reactor,
      pool: pool,
      logger: logger,
      readLane: .shared,
      observer: observer
    )
  }

  init(
    _ configuration: DatabaseConfiguration,
    reactor: Reactor,
    pool: BlockingPool,
    logger: Logger,
    readLane: StatementRecord.Lane,
    observer: (@Sendable (StatementRecord) -> Void)?
  ) {
    let leases = LeasePool(configuration, reactor: reactor, pool: pool)
    self.configuration = configuration
    self.reactor = reactor
    self.leases = leases
    self.pool = pool
    self.logger = logger
    self.observer = observer
    self.readLane = readLane
    replicas = configuration.replicas.map {
      Replica(
        $0,
        like: configuration,
        reactor: reactor,
        logger: logger,
        observer: observer
      )
    }
    board = SignalBoard(
      listen: {
        Listener.events(
          of: $0,
          configuration: configuration,
          reactor: reactor,
          pool: pool,
          logger: logger
        )
      },
      send: { try await Database.run($0, on: leases, pool: pool) }
    )
    let limit = configuration.readTimeout
    lane = SharedLane(configuration, reactor: reactor, pool: pool, logger: logger) { ticket in
      Task { await Database.run(ticket, within: limit, on: leases, pool: pool) }
    }
  }

  /// Runs one reading statement on the shared lane, where writes are refused by the server.
  ///
  /// Cancelling the task drops the waiter only. Limited by ``DatabaseConfiguration/readTimeout``.
  public func read(_ sql: SQL) async throws -> ResultRows {
    do {
      return try await readOnce(Ticket(sql))
    } catch let error as PostgresError where error.isStale {
      return try await pastStalePlans { try await readOnce(Ticket(sql)) }
    }
  }

  /// Runs reading statements on the shared lane with one flush, as ``read(_:)`` does one.
  public func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    let tickets = statements.map { Ticket($0) }
    guard !tickets.contains(where: { lane.isSlow($0.key.text) }) else {
      return try await readOneByOne(statements)
    }
    do {
      return try await answers(to: tickets)
    } catch let error as PostgresError where error.isStale {
      return try await readOneByOne(statements)
    }
  }

  private func readOneByOne(_ statements: [SQL]) async throws -> [ResultRows] {
    var results: [ResultRows] = []
    for statement in statements { results.append(try await read(statement)) }
    return results
  }

  private func readOnce(_ ticket: Ticket) async throws -> ResultRows {
    guard lane.isSlow(ticket.key.text) else { return try await answer(to: ticket) }
    return try await withLease(isLate: true) {
      try await $0.read(ticket, within: configuration.readTimeout)
    }
  }

  /// Runs one statement on a lease, committed before this returns.
  ///
  /// - Throws: ``PostgresError/Code/unknownOutcome`` when the connection was lost after sending.
  public func write(_ sql: SQL) async throws -> ResultRows {
    do {
      return try await withLease { try await $0.write(sql) }
    } catch let error as PostgresError where error.isStale {
      return try await pastStalePlans { try await withLease { try await $0.write(sql) } }
    }
  }

  /// Runs one statement that may be applied twice without harm, such as `insert … on conflict do
  /// nothing`; sends it again when its connection was lost.
  ///
  /// - `policy`: How often, and how long to wait in between.
  /// - Throws: The last loss, when every attempt was lost.
  public func write(_ sql: SQL, repeating policy: RetryPolicy) async throws -> ResultRows {
    var attempt = 1
    while true {
      do {
        return try await write(sql)
      } catch let error as PostgresError
        where [.unknownOutcome, .connectionUnavailable].contains(error.code)
        && attempt < policy.attempts
      {
        try await Task.sleep(for: policy.pause(before: attempt))
        attempt += 1
      }
    }
  }

  /// Runs again what a changed schema made stale on some connection.
  ///
  /// Each connection prepares it anew after refusing it once, so there are not more refusals than
  /// connections.
  private func pastStalePlans(_ statement: () async throws -> ResultRows) async throws -> ResultRows
  {
    for _ in 1..<max(2, configuration.sharedConnections + configuration.leases) {
      do {
        return try await statement()
      } catch let error as PostgresError where error.isStale {
        continue
      }
    }
    return try await statement()
  }

  /// Runs `body` in one transaction on a lease and commits; rolls back when it throws.
  ///
  /// - Throws: What `body` throws; ``PostgresError/Code/unknownOutcome`` when the connection was lost
  ///   during commit.
  nonisolated(nonsending) public func transaction<Result: Sendable>(
    isolation: Isolation = .readCommitted,
    access: TransactionAccess = .readWrite,
    retry: RetryPolicy = .never,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    var attempt = 1
    while true {
      do {
        return try await withLease {
          try await $0.transaction(isolation: isolation, access: access, body)
        }
      } catch let error as PostgresError
        where error.isSerializationConflict && attempt < retry.attempts
      {
        try await Task.sleep(for: retry.pause(before: attempt))
        attempt += 1
      }
    }
  }

  /// Lends `body` a connection of its own.
  nonisolated(nonsending) public func withLease<Result: Sendable>(
    _ body: (Lease) async throws -> Result
  ) async throws -> Result {
    try await withLease(isLate: false, body)
  }

  nonisolated(nonsending) private func withLease<Result: Sendable>(
    isLate: Bool,
    _ body: (Lease) async throws -> Result
  ) async throws -> Result {
    let connection = try await leases.acquire(isLate: isLate)
    defer { leases.release(connection, wasLate: isLate) }
    let lease = Lease(connection, pool: pool, signals: board) { [weak self] ticket, outcome in
      self?.observe(ticket, lane: .lease, outcome: outcome)
    }
    do {
      let result = try await body(lease)
      if lease.hasConversation { _ = await lease.endConversation() }
      return result
    } catch {
      if lease.hasConversation { _ = await lease.endConversation() }
      throw error
    }
  }

  /// Listens on a connection of its own and listens again, after a ``ListenEvent/gap``, when it was lost.
  ///
  /// End it by ending the iteration. Holds up to 1,000 events for a slow reader, then a gap.
  public func listen(to channels: [String]) -> AsyncStream<ListenEvent> {
    Listener.events(
      of: channels,
      configuration: configuration,
      reactor: reactor,
      pool: pool,
      logger: logger
    )
  }

  /// Ends signals, the shared lane, whose reads fail with ``PostgresError/Code/closed``, and resting leases.
  ///
  /// A lease that is out ends when it is given back; ``listen(to:)`` ends with its iteration.
  public func close() async {
    board.close()
    lane.close()
    leases.close()
    for replica in replicas { await replica.close() }
  }

  deinit {
    // The reactor would keep the connections of a database that nobody has any more.
    board.close()
    lane.close()
    leases.close()
  }

  /// A replica that shows everything committed up to `limit` ago, in turns.
  func replica(within limit: Duration) -> Replica? {
    let fresh = replicas.filter { $0.isWithin(limit, of: self) }
    guard !fresh.isEmpty else { return nil }
    return fresh[abs(turns.wrappingAdd(1, ordering: .relaxed).oldValue % fresh.count)]
  }

  /// What its connections are doing; replicas not counted.
  public var activity: DatabaseActivity {
    var activity = DatabaseActivity()
    lane.report(to: &activity)
    leases.report(to: &activity)
    return activity
  }

  /// Where connections to its replicas are opened: one pool for each replica, all of one name.
  public var replicaPools: [BlockingPool] { replicas.map(\.pool) }

  /// How many calls wait for a connection, those included that were cancelled a moment ago.
  var waitingCount: Int { lane.waitingCount + leases.waitingCount }

  /// As `answers(to:)`, without its arrays: they are a twelfth of the instructions of a point read.
  private func answer(to ticket: Ticket) async throws -> ResultRows {
    try ticket.checkParameters()
    lane.submit(CollectionOfOne(ticket))
    let outcome = await withTaskCancellationHandler {
      await ticket.outcome()
    } onCancel: {
      ticket.answer(.failure(CancellationError()))
    }
    observe(ticket, lane: readLane, outcome: outcome)
    return try outcome.get()
  }

  private func answers(to tickets: [Ticket]) async throws -> [ResultRows] {
    for ticket in tickets { try ticket.checkParameters() }
    lane.submit(tickets)
    var outcomes: [Result<ResultRows, any Error>] = []
    await withTaskCancellationHandler {
      // The last one first: the others are answered by then, so the task is woken once.
      for ticket in tickets.reversed() { outcomes.append(await ticket.outcome()) }
    } onCancel: {
      for ticket in tickets { ticket.answer(.failure(CancellationError())) }
    }
    outcomes.reverse()
    for (ticket, outcome) in zip(tickets, outcomes) {
      observe(ticket, lane: readLane, outcome: outcome)
    }
    return try outcomes.map { try $0.get() }
  }

  private func observe(
    _ ticket: Ticket,
    lane: StatementRecord.Lane,
    outcome: Result<ResultRows, any Error>
  ) {
    let isSlow =
      ticket.sent.rawValue > 0 && Nanoseconds.now() - ticket.sent > configuration.slowStatement
    guard isSlow || observer != nil || StatementLog.current != nil else { return }
    let record = ticket.record(lane: lane, outcome: outcome)
    StatementLog.current?.append(record)
    observer?(record)
    if isSlow {
      logger.warning(
        "A statement was slow",
        metadata: [
          "statement": "\(record.text)", "run_ms": "\(record.run / .milliseconds(1))",
          "rows": "\(record.rows)",
          "lane": "\(lane.rawValue)",
        ]
      )
    }
  }

  /// Runs a read of the shared lane on a lease, where a late statement holds up nobody else.
  private static func run(
    _ ticket: Ticket,
    within limit: Duration,
    on leases: LeasePool,
    pool: BlockingPool
  ) async {
    do {
      let connection = try await leases.acquire(isLate: true)
      defer { leases.release(connection, wasLate: true) }
      // The ticket has its waiter already, so a second one is sent in its place.
      let again = Ticket(again: ticket)
      let rows = try await Lease(connection, pool: pool) { _, _ in }.read(again, within: limit)
      ticket.answer(.success(rows))
    } catch {
      ticket.answer(.failure(error))
    }
  }

  /// Runs a statement that is nobody's, such as a NOTIFY.
  private static func run(_ sql: SQL, on leases: LeasePool, pool: BlockingPool) async throws {
    let connection = try await leases.acquire()
    defer { leases.release(connection) }
    _ = try await Lease(connection, pool: pool) { _, _ in }.write(sql)
  }
}
