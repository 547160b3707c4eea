import ArtelConcurrency
import Synchronization

/// One connection of the caller's own, for transactions, scripts, session settings and advisory locks.
///
/// Use it from one task at a time. Cancelling the task asks the server to stop the running statement
/// and waits until it did, so that nobody else's statement can be hit.
public final class Lease: StatementWriter {
  let connection: Connection
  private let pool: BlockingPool
  private let observe: @Sendable (Ticket, Result<ResultRows, any Error>) -> Void

  init(
    _ connection: Connection,
    pool: BlockingPool,
    observe: @escaping @Sendable (Ticket, Result<ResultRows, any Error>) -> Void
  ) {
    self.connection = connection
    self.pool = pool
    self.observe = observe
  }

  /// Runs one statement on this connection.
  public func read(_ sql: SQL) async throws -> ResultRows {
    try await run([sql])[0]
  }

  /// Runs one statement on this connection.
  public func write(_ sql: SQL) async throws -> ResultRows {
    try await run([sql])[0]
  }

  /// Sends all statements at once with one sync behind them; outside a transaction they form one.
  ///
  /// - Throws: The error of the first statement that failed; none after it was run.
  public func pipelined(_ statements: [SQL]) async throws -> [ResultRows] {
    try await run(statements)
  }

  /// Runs text that may hold several statements, without values, as one simple query.
  ///
  /// PostgreSQL runs them as one transaction unless they say otherwise. For migrations.
  public func script(_ text: String) async throws {
    let ticket = Ticket(SQL(raw: text))
    guard connection.sendScript(text, ticket: ticket) else { throw Lease.unsent }
    _ = try await answer(to: ticket)
  }

  /// Runs a read that was late on the shared lane, under the same limits as there.
  func read(_ sql: SQL, within timeout: Duration) async throws -> ResultRows {
    let milliseconds = Int(timeout / .milliseconds(1))
    do {
      return try await run([
        "begin read only", SQL(raw: "set local statement_timeout = \(milliseconds)"), sql, "commit",
      ])[2]
    } catch {
      await Task { _ = try? await run(["rollback"]) }.value
      throw error
    }
  }

  /// Runs `body` between begin and commit on this connection; rolls back when it throws.
  nonisolated(nonsending) public func transaction<Result: Sendable>(
    isolation: Isolation = .readCommitted,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    let transaction = Transaction(lease: self, isolation: isolation)
    let result: Result
    do {
      result = try await body(transaction)
    } catch {
      await transaction.rollBack()
      throw Task.isCancelled ? CancellationError() : error
    }
    try await transaction.commit()
    return result
  }

  func run(_ statements: [SQL]) async throws -> [ResultRows] {
    guard !statements.isEmpty else { return [] }
    let tickets = statements.map { Ticket($0) }
    return try await run(tickets: tickets)
  }

  func run(tickets: [Ticket]) async throws -> [ResultRows] {
    guard connection.send(tickets) else { throw Lease.unsent }
    var results: [ResultRows] = []
    var failure: (any Error)?
    for ticket in tickets {
      do {
        results.append(try await answer(to: ticket))
      } catch {
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
    return results
  }

  private func answer(to ticket: Ticket) async throws -> ResultRows {
    let cancelling = Mutex<Task<Void, Never>?>(nil)
    let outcome: Result<ResultRows, any Error>
    do {
      let rows = try await withTaskCancellationHandler {
        try await ticket.value()
      } onCancel: { [connection, pool] in
        let task = Task { _ = try? await pool.run { connection.cancelRunning() } }
        cancelling.withLock { $0 = task }
      }
      outcome = .success(rows)
    } catch {
      outcome = .failure(error)
    }
    // The cancel request may still be on its way: it must not meet the next statement.
    await cancelling.withLock { $0 }?.value
    observe(ticket, outcome)
    if Task.isCancelled, case .failure(let error as PostgresError) = outcome, error.code == .timeout
    {
      throw CancellationError()
    }
    return try outcome.get()
  }

  static let unsent = PostgresError(
    code: .connectionUnavailable,
    message: "the connection was lost before sending"
  )
}

/// What a transaction sees of others (PostgreSQL manual 13.2).
public enum Isolation: String, Sendable {
  /// Each statement sees what was committed before it began.
  case readCommitted = "read committed"
  /// All statements see what was committed before the first one.
  case repeatableRead = "repeatable read"
  /// As if transactions ran one after another; some fail and have to run again.
  case serializable
}

/// Whether a transaction is run again after a serialization failure or a deadlock.
public struct RetryPolicy: Sendable {
  /// How often the body is run at most.
  public var attempts: Int

  /// The pause before the second attempt; doubled for each further one, with jitter.
  public var pause: Duration

  /// At least one attempt.
  public init(attempts: Int, pause: Duration) {
    self.attempts = attempts
    self.pause = pause
  }

  /// The body runs once.
  public static let never = RetryPolicy(attempts: 1, pause: .zero)

  /// The body may run up to three times, 10 ms apart and doubling; it must have no effect of its own.
  public static let retryable = RetryPolicy(attempts: 3, pause: .milliseconds(10))

  func pause(before attempt: Int) -> Duration {
    let factor = 1 << min(attempt - 1, 6)
    return min(pause * factor * Double.random(in: 0.5...1.5), .seconds(1))
  }
}
