import Glibc
import Synchronization

/// One statement on its way to the server and back; it is answered exactly once.
final class Ticket: Sendable {
  private enum State {
    case open
    case awaited(UnsafeContinuation<Result<ResultRows, any Error>, Never>)
    case answered(Result<ResultRows, any Error>)
  }

  let key: StatementKey
  let parameters: ParameterList
  let created: Nanoseconds
  /// Whether the driver itself needs it; telemetry and statement budgets do not count it.
  let isUpkeep: Bool

  private let state = Mutex(State.open)
  private let sentAt = Atomic<UInt64>(0)
  private let losses = Atomic<Int>(0)

  init(_ sql: SQL, created: Nanoseconds = .now(), isUpkeep: Bool = false) {
    parameters = sql.parameters
    key = StatementKey(text: sql.text, types: sql.parameters.types)
    self.created = created
    self.isUpkeep = isUpkeep
  }

  /// The same statement with an answer of its own.
  init(again other: Ticket) {
    key = other.key
    parameters = other.parameters
    created = other.created
    isUpkeep = other.isUpkeep
  }

  /// How often it was lost with its connection.
  var lossCount: Int { losses.load(ordering: .relaxed) }

  var sent: Nanoseconds { Nanoseconds(rawValue: sentAt.load(ordering: .relaxed)) }

  var isAnswered: Bool {
    state.withLock { if case .answered = $0 { true } else { false } }
  }

  func markSent(at now: Nanoseconds) {
    sentAt.store(now.rawValue, ordering: .relaxed)
  }

  func noteLoss() {
    losses.add(1, ordering: .relaxed)
  }

  /// Refuses what the protocol cannot carry: libpq would send nothing, and the wait for its answer
  /// would end with the connection.
  func checkParameters() throws {
    guard parameters.count <= Int(UInt16.max) else {
      throw PostgresError.misuse("\(parameters.count) values are bound; 65,535 is the most")
    }
  }

  /// Answers the statement; the first answer wins, later ones change nothing.
  func answer(_ result: Result<ResultRows, any Error>) {
    let waiter = state.withLock {
      state -> UnsafeContinuation<Result<ResultRows, any Error>, Never>? in
      switch state {
      case .open:
        state = .answered(result)
        return nil
      case .awaited(let continuation):
        state = .answered(result)
        return continuation
      case .answered:
        return nil
      }
    }
    waiter?.resume(returning: result)
  }

  /// Waits for the answer; only one task may wait.
  func outcome() async -> Result<ResultRows, any Error> {
    await withUnsafeContinuation { continuation in
      let answer = state.withLock { state -> Result<ResultRows, any Error>? in
        if case .answered(let result) = state { return result }
        state = .awaited(continuation)
        return nil
      }
      if let answer { continuation.resume(returning: answer) }
    }
  }

  /// Waits for the answer as ``outcome()`` does.
  func value() async throws -> ResultRows {
    try await outcome().get()
  }

  /// What telemetry records once the answer is there.
  func record(lane: StatementRecord.Lane, outcome: Result<ResultRows, any Error>) -> StatementRecord
  {
    let now = Nanoseconds.now()
    let sent = sent.rawValue == 0 ? now : sent
    let rows = try? outcome.get()
    var error: PostgresError?
    if case .failure(let failure) = outcome { error = failure as? PostgresError }
    return StatementRecord(
      text: key.text,
      lane: lane,
      wait: sent - created,
      run: now - sent,
      rows: rows.map { $0.rowCount > 0 ? $0.rowCount : $0.affectedCount } ?? 0,
      sizeBytes: rows?.sizeBytes ?? 0,
      error: error
    )
  }
}

/// What a prepared statement is known by: the same text with other types is another statement.
struct StatementKey: Hashable, Sendable {
  let text: String
  let types: [PostgresType]
}

/// An instant of the monotonic clock.
///
/// Reading it costs about 20 ns, a tenth of `ContinuousClock`.
struct Nanoseconds: Comparable, Sendable {
  let rawValue: UInt64

  static func now() -> Nanoseconds {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Nanoseconds(rawValue: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
  }

  static func < (left: Nanoseconds, right: Nanoseconds) -> Bool {
    left.rawValue < right.rawValue
  }

  static func - (left: Nanoseconds, right: Nanoseconds) -> Duration {
    .nanoseconds(Int64(left.rawValue) - Int64(right.rawValue))
  }

  static func - (left: Nanoseconds, right: Duration) -> Nanoseconds {
    let (seconds, attoseconds) = right.components
    let nanoseconds = UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    return Nanoseconds(rawValue: left.rawValue > nanoseconds ? left.rawValue - nanoseconds : 0)
  }

  static func + (left: Nanoseconds, right: Duration) -> Nanoseconds {
    let (seconds, attoseconds) = right.components
    return Nanoseconds(
      rawValue: left.rawValue &+ UInt64(seconds) * 1_000_000_000
        &+ UInt64(attoseconds / 1_000_000_000)
    )
  }
}
