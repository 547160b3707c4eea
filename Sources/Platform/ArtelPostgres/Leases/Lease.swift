import ArtelConcurrency
import Synchronization

/// One connection of the caller's own, for transactions, scripts, session settings and advisory locks.
///
/// Use it from one task at a time. Cancelling the task asks the server to stop the running statement
/// and waits until it did, so that nobody else's statement can be hit.
public final class Lease: StatementWriter {
  let connection: Connection
  /// Where its transactions raise their signals.
  let signals: SignalBoard?
  private let pool: BlockingPool
  private let observe: @Sendable (Ticket, Result<ResultRows, any Error>) -> Void
  /// The last conversation; it may have been left before its end.
  private let conversation = Mutex<Conversation?>(nil)

  init(
    _ connection: Connection,
    pool: BlockingPool,
    signals: SignalBoard? = nil,
    observe: @escaping @Sendable (Ticket, Result<ResultRows, any Error>) -> Void
  ) {
    self.connection = connection
    self.pool = pool
    self.signals = signals
    self.observe = observe
  }

  /// Runs one statement on this connection.
  public func read(_ sql: SQL) async throws -> ResultRows {
    try await pipelined([sql])[0]
  }

  /// Runs one statement on this connection.
  public func write(_ sql: SQL) async throws -> ResultRows {
    try await pipelined([sql])[0]
  }

  /// Runs statements on this connection, sent at once.
  public func readTogether(_ statements: [SQL]) async throws -> [ResultRows] {
    try await pipelined(statements)
  }

  /// Sends all statements at once with one sync behind them; outside a transaction they form one.
  ///
  /// - Throws: The error of the first statement that failed; none after it was run.
  public func pipelined(_ statements: [SQL]) async throws -> [ResultRows] {
    try Task.checkCancellation()
    return try await run(statements)
  }

  /// Runs text that may hold several statements, without values, as one simple query.
  ///
  /// PostgreSQL runs them as one transaction unless they say otherwise. For migrations.
  public func script(_ text: String) async throws {
    let ticket = Ticket(SQL(raw: text))
    try await converse(ticket) { conversation in
      try await conversation.sendScript(text)
      return try await conversation.complete()
    }
  }

  /// Runs a read that was late on the shared lane, under the same limits as there.
  func read(_ late: Ticket, within timeout: Duration) async throws -> ResultRows {
    let milliseconds = Int(timeout / .milliseconds(1))
    do {
      return try await run(tickets: [
        Ticket("begin read only", isUpkeep: true),
        Ticket(SQL(raw: "set local statement_timeout = \(milliseconds)"), isUpkeep: true), late,
        Ticket("commit", isUpkeep: true),
      ])[2]
    } catch {
      await Task { _ = try? await run(tickets: [Ticket("rollback", isUpkeep: true)]) }.value
      throw error
    }
  }

  /// Runs `body` between begin and commit on this connection; rolls back when it throws.
  nonisolated(nonsending) public func transaction<Result: Sendable>(
    isolation: Isolation = .readCommitted,
    access: TransactionAccess = .readWrite,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    let transaction = Transaction(lease: self, isolation: isolation, access: access)
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
    for ticket in tickets { try ticket.checkParameters() }
    if !connection.send(tickets) {
      // Rows or a COPY of this lease may have been left before their end.
      guard await endConversation(), connection.send(tickets) else { throw Lease.unsent }
    }
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
        let task = Task {
          await connection.cancelRunning(on: pool) { ticket.isAnswered }
        }
        cancelling.withLock { $0 = task }
      }
      outcome = .success(rows)
    } catch {
      outcome = .failure(error)
    }
    // The cancel request may still be on its way: it must not meet the next statement.
    await cancelling.withLock { $0 }?.value
    if !ticket.isUpkeep { observe(ticket, outcome) }
    if Task.isCancelled, case .failure(let error as PostgresError) = outcome, error.code == .timeout
    {
      throw CancellationError()
    }
    return try outcome.get()
  }

  // MARK: Conversations

  /// Begins a conversation, after ending one that was left.
  func beginConversation() async throws -> Conversation {
    _ = await endConversation()
    guard let begun = Conversation(on: connection, pool: pool) else { throw Lease.unsent }
    conversation.withLock { $0 = begun }
    return begun
  }

  /// Whether ``endConversation()`` may have something to do.
  var hasConversation: Bool { conversation.withLock { $0 != nil } }

  /// Stops a statement whose rows were not all taken; false when there was none.
  func endConversation() async -> Bool {
    guard let left = conversation.withLock({ $0.take() }) else { return false }
    await left.stop()
    return true
  }

  /// Runs `body` in a conversation, which is over afterwards, and records the statement.
  ///
  /// Cancelling the task asks the server to stop.
  @discardableResult
  nonisolated(nonsending) func converse(
    _ ticket: Ticket,
    _ body: (Conversation) async throws -> ResultRows
  ) async throws -> ResultRows {
    let conversation = try await beginConversation()
    ticket.markSent(at: .now())
    do {
      let rows = try await conversation.stoppable { try await body(conversation) }
      observe(ticket, .success(rows))
      return rows
    } catch {
      throw await fail(conversation, ticket, error)
    }
  }

  /// Ends a conversation that failed; returns what to throw.
  func fail(_ conversation: Conversation, _ ticket: Ticket, _ error: any Error) async -> any Error {
    await conversation.stop()
    observe(ticket, .failure(error))
    return Task.isCancelled ? CancellationError() : error
  }

  /// Records a statement whose rows were taken one by one.
  func succeed(_ ticket: Ticket, _ rows: ResultRows) {
    observe(ticket, .success(rows))
  }

  static let unsent = PostgresError(
    code: .connectionUnavailable,
    message: "the connection was lost before sending"
  )
}
