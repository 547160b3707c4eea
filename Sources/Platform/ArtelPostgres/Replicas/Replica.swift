import ArtelConcurrency
import Logging
import Synchronization

/// A streaming replica and how far it is behind.
///
/// The lag is measured by two small reads every 250 ms while somebody asks, and not at all otherwise.
final class Replica: Sendable {
  private enum Limits {
    static let pause = Duration.milliseconds(250)
    /// A reader waits for the primary rather than for a replica that does not answer.
    static let acquireTimeout = Duration.milliseconds(500)
    /// Seconds; libpq takes none shorter.
    static let connectTimeout = "2"
    static let connectingThreads = 2
  }

  private struct State {
    var lag = ReplicaLag()
    var lastMeasure: Nanoseconds?
    var isMeasuring = false
    /// Counts losses, so that a measure begun before one cannot undo it.
    var losses = 0
    /// Whether it did at the last measure; nil before the first one.
    var doesAnswer: Bool?
  }

  private let database: Database
  /// Its own, so that connecting to a machine that swallows packets holds up nobody who connects to the
  /// primary.
  let pool = BlockingPool(name: "artel-replica", threads: Limits.connectingThreads)
  private let logger: Logger
  private let state = Mutex(State())

  init(
    _ parameters: [String: String],
    like primary: DatabaseConfiguration,
    reactor: Reactor,
    logger: Logger,
    observer: (@Sendable (StatementRecord) -> Void)?
  ) {
    var configuration = primary
    configuration.parameters = parameters
    configuration.replicas = []
    configuration.parameters["connect_timeout"] =
      parameters["connect_timeout"] ?? Limits.connectTimeout
    configuration.acquireTimeout = min(primary.acquireTimeout, Limits.acquireTimeout)
    self.logger = logger
    database = Database(
      configuration,
      reactor: reactor,
      pool: pool,
      logger: logger,
      readLane: .replica,
      observer: observer
    )
  }

  /// Whether it shows everything committed up to `limit` ago; never waits.
  ///
  /// Measures in the background when the last measure is old.
  func isWithin(_ limit: Duration, of primary: Database) -> Bool {
    let now = Nanoseconds.now()
    let (isWithin, losses) = state.withLock { state -> (Bool, Int?) in
      let isWithin = state.lag.isWithin(limit, now: now)
      if state.isMeasuring { return (isWithin, nil) }
      if let last = state.lastMeasure, now - last < Limits.pause { return (isWithin, nil) }
      state.isMeasuring = true
      state.lastMeasure = now
      return (isWithin, state.losses)
    }
    // Detached: its reads belong to no request and count in nobody's budget.
    if let losses { Task.detached { await self.measure(primary, losses: losses) } }
    return isWithin
  }

  func read(_ sql: SQL) async throws -> ResultRows {
    try await available { try await database.read(sql) }
  }

  func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    try await available { try await database.readTogether(statements) }
  }

  private func available<Value>(_ read: () async throws -> Value) async throws -> Value {
    do {
      return try await read()
    } catch let error as PostgresError where Replica.isItsFault(error) {
      // A conflict with recovery concerns that one statement.
      if error.sqlState != "40001" { lose() }
      throw Unavailable()
    }
  }

  /// The read is to be run on the primary.
  struct Unavailable: Error {}

  func close() async {
    await database.close()
    pool.stop()
  }

  /// Whether another server may answer what this one did not.
  static func isItsFault(_ error: PostgresError) -> Bool {
    switch error.code {
    case .connectionUnavailable, .unknownOutcome, .poolExhausted: true
    case .server: error.blame == .retryable
    default: false
    }
  }

  private func lose() {
    state.withLock { state in
      state.lag.lose()
      state.losses += 1
    }
  }

  private func measure(_ primary: Database, losses: Int) async {
    let asked = Nanoseconds.now()
    var positions: (primary: Int64, replica: Int64)?
    if let reached: Int64 = try? await primary.read(Replica.primaryPosition)[0].decode(at: 0),
      let replayed = await replayedPosition()
    {
      positions = (reached, replayed)
    }
    state.withLock { state in
      state.isMeasuring = false
      guard let positions, state.losses == losses else { return state.lag.lose() }
      state.lag.primary(at: positions.primary, asked: asked)
      state.lag.replica(at: positions.replica)
    }
  }

  /// How far it has come; nil when it does not answer, or is none.
  private func replayedPosition() async -> Int64? {
    var reason = "it is no replica"
    var position: Int64?
    do {
      position = try await database.read(Replica.replicaPosition)[0].decode(at: 0)
    } catch {
      reason = "\(error)"
    }
    tell(doesAnswer: position != nil, reason)
    return position
  }

  /// Tells the operator when a replica answers from now on, and when it does not any more.
  private func tell(doesAnswer: Bool, _ reason: String) {
    let isNews = state.withLock { state in
      defer { state.doesAnswer = doesAnswer }
      return state.doesAnswer != doesAnswer
    }
    guard isNews else { return }
    let parameters = database.configuration.parameters
    var metadata: Logger.Metadata = [
      "host": "\(parameters["host"] ?? "")", "database": "\(parameters["dbname"] ?? "")",
    ]
    if doesAnswer {
      logger.notice("A replica answers", metadata: metadata)
    } else {
      metadata["reason"] = "\(reason)"
      logger.warning("A replica does not answer", metadata: metadata)
    }
  }

  // The insert position lies behind a page's header (24 or 40 bytes) before anything is on that page,
  // where replay ends at the page's first byte.
  private static let primaryPosition: SQL = """
    select position - case when position % 8192 <= 40 then position % 8192 else 0 end
    from (select (pg_current_wal_insert_lsn() - '0/0')::int8 as position) as log
    """

  private static let replicaPosition: SQL = """
    select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0')::int8 end
    """
}
