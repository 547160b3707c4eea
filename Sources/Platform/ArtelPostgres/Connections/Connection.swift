import ArtelConcurrency
internal import CPostgres
import Glibc
import Synchronization

/// One connection in pipeline mode: statements go out on the caller's thread, answers come in on
/// the reactor's.
///
/// The decisions are in ``ReplyQueue`` and ``PreparedStatements``; this is the I/O around them.
final class Connection: Reactor.Handler {
  /// What the owner is told, on the reactor's thread and outside the connection's lock.
  struct Events: Sendable {
    /// These were not run because a statement before them failed; they may be sent again.
    var skipped: @Sendable (Connection, [Ticket]) -> Void = { _, _ in }
    /// Everything sent is answered.
    var idle: @Sendable (Connection) -> Void = { _ in }
    /// The connection is gone and closed; these were sent and not answered.
    var lost: @Sendable (Connection, [Ticket]) -> Void = { _, _ in }
    /// A NOTIFY arrived.
    var notified: @Sendable (_ channel: String, _ payload: String, _ processID: Int32) -> Void = {
      _,
      _,
      _ in
    }
  }

  private typealias Replies = ReplyQueue<Ticket, ResultRows, PostgresError>

  private struct State {
    var handle: OpaquePointer?
    var prepared: PreparedStatements
    var replies = Replies()
    /// The conversation that has the connection to itself, by its number.
    var conversation: UInt64?
    var conversationCount: UInt64 = 0
    /// Who waits for the socket in a conversation.
    var waiter: UnsafeContinuation<Void, any Error>?
    /// What the server was running when it ended the connection.
    var interrupted: [Ticket] = []
    /// Answers kept back until everything sent is answered.
    var held: [(Ticket, Result<ResultRows, any Error>)] = []
    var wantsWrite = false
  }

  /// A fresh PGconn on its way into the lock.
  ///
  /// Proof of `@unchecked Sendable`: `open` makes it, passes it on and never touches it again.
  private struct Handle: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  let socket: Int32
  private let reactor: Reactor
  private let events: Events
  /// Whether answers wait for the sync behind them, so that who gets one finds the connection idle.
  private let answersWhenIdle: Bool
  private let state: Mutex<State>
  private let closed = Atomic(false)

  /// Connects and blocks until that succeeded or failed; call it on a blocking pool.
  static func open(
    _ configuration: DatabaseConfiguration,
    settings: [String: String],
    reactor: Reactor,
    events: Events,
    answersWhenIdle: Bool
  ) throws -> Connection {
    var parameters = configuration.parameters
    parameters["application_name"] = parameters["application_name"] ?? "artel"
    parameters["client_encoding"] = "UTF8"
    parameters["connect_timeout"] = parameters["connect_timeout"] ?? "5"
    // A server that vanishes without a word would otherwise be waited for until the kernel gives up.
    parameters.merge(vanishedServer) { ours, _ in ours }
    parameters["target_session_attrs"] = configuration.targetSession(
      isReadOnly: settings["default_transaction_read_only"] == "on"
    )
    let options = (["timezone": "UTC"].merging(settings) { $1 }).map { "-c \($0)=\($1)" }.sorted()
    parameters["options"] = ([parameters["options"] ?? ""] + options).joined(separator: " ")

    precondition(Self.keepsOpenSSLAtExit, "OpenSSL cannot be used")
    let keywords = parameters.keys.map { strdup($0) }
    let values = parameters.values.map { strdup($0) }
    defer { for text in keywords + values { free(text) } }
    let handle = PQconnectdbParams(
      keywords.map { UnsafePointer($0) } + [nil],
      values.map { UnsafePointer($0) } + [nil],
      0
    )
    guard let handle, PQstatus(handle) == CONNECTION_OK else {
      defer { PQfinish(handle) }
      throw PostgresError(
        code: .connectionUnavailable,
        message: handle.map { String(cString: PQerrorMessage($0)) } ?? "out of memory"
      )
    }
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    guard PQsetnonblocking(handle, 1) == 0, PQenterPipelineMode(handle) == 1 else {
      PQfinish(handle)
      throw PostgresError(code: .connectionUnavailable, message: "pipeline mode was refused")
    }
    let connection = Connection(
      handle: Handle(pointer: handle),
      statements: configuration.preparedStatements,
      reactor: reactor,
      events: events,
      answersWhenIdle: answersWhenIdle
    )
    reactor.register(connection, socket: connection.socket)
    return connection
  }

  private static let keepsOpenSSLAtExit = artel_keep_openssl_at_exit() == 1

  /// Over TCP a server that no longer answers is given up after 25 s (PostgreSQL manual 34.1.2).
  private static let vanishedServer = [
    "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "25000",
  ]

  private init(
    handle: Handle,
    statements: Int,
    reactor: Reactor,
    events: Events,
    answersWhenIdle: Bool
  ) {
    socket = PQsocket(handle.pointer)
    self.reactor = reactor
    self.events = events
    self.answersWhenIdle = answersWhenIdle
    state = Mutex(Connection.initialState(handle, statements: statements))
  }

  private static func initialState(_ handle: Handle, statements: Int) -> sending State {
    State(handle: handle.pointer, prepared: PreparedStatements(capacity: statements))
  }

  var isClosed: Bool { closed.load(ordering: .acquiring) }

  /// The statements sent and not answered, oldest first.
  var unanswered: [Ticket] {
    state.withLock { $0.replies.items }
  }

  /// Sends the statements with one sync behind them, on the calling thread.
  ///
  /// - Returns: False when nothing was sent: the connection was already lost, or a conversation has it.
  func send(_ tickets: some Collection<Ticket>) -> Bool {
    let (isSent, isBroken) = state.withLock { state in
      guard let handle = state.handle, state.conversation == nil else { return (false, false) }
      let now = Nanoseconds.now()
      for ticket in tickets {
        ticket.markSent(at: now)
        send(ticket, on: handle, &state)
      }
      PQpipelineSync(handle)
      state.replies.expect(.sync)
      flush(handle, &state)
      return (true, PQstatus(handle) == CONNECTION_BAD)
    }
    // A failed write makes libpq close the socket, of which epoll says nothing.
    if isBroken { reactor.summon(self) } else { reactor.watch() }
    return isSent
  }

  /// Asks the server to stop what this connection is running.
  ///
  /// Blocks; call it on a blocking pool.
  func cancelRunning() {
    let cancel = state.withLock { state in state.handle.flatMap { PQgetCancel($0) } }
    guard let cancel else { return }
    var message = [CChar](repeating: 0, count: 256)
    PQcancel(cancel, &message, Int32(message.count))
    PQfreeCancel(cancel)
  }

  /// Asks the server to stop what this connection is running, until that is over.
  ///
  /// A request that overtakes its statement finds nothing to stop, so it is made again. Returns when none
  /// is on its way any more, so that it cannot meet the next statement.
  func cancelRunning(on pool: BlockingPool, until isOver: @Sendable () -> Bool) async {
    while !isOver() {
      _ = try? await pool.run { [self] in cancelRunning() }
      for _ in 0..<20 where !isOver() { try? await Task.sleep(for: .milliseconds(5)) }
    }
  }

  /// Whether the server considers the connection to be outside any transaction.
  var isOutsideTransaction: Bool {
    state.withLock { state in
      guard let handle = state.handle else { return false }
      return PQtransactionStatus(handle) == PQTRANS_IDLE
    }
  }

  // MARK: Conversations

  /// Leaves pipeline mode for one statement that is taken step by step.
  ///
  /// - Returns: Its number; nil when the connection is lost or has something to answer yet.
  func beginConversation() -> UInt64? {
    state.withLock { state in
      guard let handle = state.handle, state.conversation == nil, state.replies.isEmpty,
        PQexitPipelineMode(handle) == 1
      else { return nil }
      state.conversationCount += 1
      state.conversation = state.conversationCount
      state.wantsWrite = false
      reactor.watch(.nothing, of: self, socket: socket)
      return state.conversationCount
    }
  }

  /// Calls `body` with libpq's connection while that conversation has it.
  func converse<Value: Sendable>(_ number: UInt64, _ body: (OpaquePointer) throws -> Value) throws
    -> Value
  {
    try state.withLock { state in
      guard let handle = state.handle else { throw Conversation.lost }
      guard state.conversation == number else { throw Conversation.over }
      return try body(handle)
    }
  }

  /// Waits until the socket is ready, once; may return early.
  func wait(_ number: UInt64, for interest: Reactor.Interest) async throws {
    try await withUnsafeThrowingContinuation { continuation in
      let refusal = state.withLock { state -> PostgresError? in
        // libpq may have closed the socket as it wrote: nothing would ever come of waiting for it.
        guard let handle = state.handle, PQstatus(handle) == CONNECTION_OK else {
          return Conversation.lost
        }
        guard state.conversation == number else { return Conversation.over }
        guard state.waiter == nil else {
          return PostgresError.misuse("two tasks use one lease at a time")
        }
        state.waiter = continuation
        reactor.watch(interest, of: self, socket: socket)
        return nil
      }
      if let refusal { continuation.resume(throwing: refusal) }
    }
  }

  /// Goes back to pipeline mode after everything was read; closes the connection when libpq refuses.
  func endConversation(_ number: UInt64) {
    let isPipelining = state.withLock { state -> Bool in
      guard let handle = state.handle, state.conversation == number else { return true }
      state.conversation = nil
      reactor.watch(.reading, of: self, socket: socket)
      // Sends nothing, but ends single-row mode, in which libpq 15 would take the next statement too.
      PQsendQuery(handle, nil)
      return PQenterPipelineMode(handle) == 1
    }
    if !isPipelining { close() }
  }

  func isConversing(_ number: UInt64) -> Bool {
    state.withLock { $0.conversation == number }
  }

  /// Whether a conversation waits for the socket.
  var isWaitingForSocket: Bool { state.withLock { $0.waiter != nil } }

  /// Closes the connection; unanswered statements are reported as lost.
  func close() {
    lose()
  }

  func socketIsReady(readable: Bool, writable: Bool) {
    var finished: [(Ticket, Result<ResultRows, any Error>)] = []
    var skipped: [Ticket] = []
    var notifications: [(String, String, Int32)] = []
    var isIdle = false
    var waiter: UnsafeContinuation<Void, any Error>?
    let isHealthy = state.withLock { state -> Bool in
      guard let handle = state.handle else { return true }
      guard state.conversation == nil else {
        waiter = state.waiter.take()
        return true
      }
      if writable { flush(handle, &state) }
      guard readable else { return PQstatus(handle) == CONNECTION_OK }
      guard PQconsumeInput(handle) == 1 else { return false }
      let isUnderstood = receive(handle, &state, &finished, &skipped, &isIdle)
      while let notify = PQnotifies(handle) {
        notifications.append(
          (
            String(cString: notify.pointee.relname), String(cString: notify.pointee.extra),
            notify.pointee.be_pid
          )
        )
        PQfreemem(notify)
      }
      if answersWhenIdle {
        state.held += finished
        finished = isIdle ? state.held : []
        if isIdle { state.held = [] }
      }
      return isUnderstood && PQstatus(handle) == CONNECTION_OK
    }
    waiter?.resume()
    for (ticket, result) in finished { ticket.answer(result) }
    for (channel, payload, processID) in notifications {
      events.notified(channel, payload, processID)
    }
    if !skipped.isEmpty { events.skipped(self, skipped) }
    if !isHealthy {
      lose()
    } else if isIdle {
      events.idle(self)
    }
  }

  private func send(_ ticket: Ticket, on handle: OpaquePointer, _ state: inout State) {
    let name: String
    switch state.prepared.lookUp(ticket.key) {
    case .known(let known):
      name = known
    case .unknown(let unknown, let evicted):
      if let evicted {
        PQsendQueryParams(handle, "deallocate \(evicted)", 0, nil, nil, nil, nil, 0)
        state.replies.expect(.upkeep)
      }
      guard !SQL.isCopy(ticket.key.text) else {
        // libpq loops for ever on COPY in pipeline mode. What stands behind it must not run either,
        // so a statement that fails takes its place.
        state.prepared.forget(ticket.key)
        PQsendQueryParams(handle, Connection.copyRefusal, 0, nil, nil, nil, nil, 1)
        state.replies.expect(.statement(ticket))
        return
      }
      name = unknown
      let types = ticket.key.types.map(\.rawValue)
      PQsendPrepare(handle, name, ticket.key.text, Int32(types.count), types)
      state.replies.expect(.prepare(ticket.key))
    }
    _ = ticket.parameters.withPointers { count, values, lengths, formats in
      PQsendQueryPrepared(handle, name, count, values, lengths, formats, 1)
    }
    state.replies.expect(.statement(ticket))
  }

  private func flush(_ handle: OpaquePointer, _ state: inout State) {
    let isPending = PQflush(handle) == 1
    guard isPending != state.wantsWrite else { return }
    state.wantsWrite = isPending
    reactor.watch(isPending ? .both : .reading, of: self, socket: socket)
  }

  /// Reads every reply that has arrived whole.
  ///
  /// Returns false when a reply made no sense.
  private func receive(
    _ handle: OpaquePointer,
    _ state: inout State,
    _ finished: inout [(Ticket, Result<ResultRows, any Error>)],
    _ skipped: inout [Ticket],
    _ isIdle: inout Bool
  ) -> Bool {
    while !state.replies.isEmpty, PQisBusy(handle) == 0 {
      switch state.replies.receive(Connection.reply(PQgetResult(handle))) {
      case .nothing: break
      case .answer(let ticket, let rows): finished.append((ticket, .success(rows)))
      case .fail(let ticket, let failure) where Connection.endsConnection(failure):
        state.interrupted.append(ticket)
        return false
      case .fail(let ticket, let failure):
        // A changed schema under a prepared statement: prepare it again, and run it again if that is safe.
        if let name = failure.isStale ? state.prepared.forget(ticket.key) : nil {
          PQsendQueryParams(handle, "deallocate \(name)", 0, nil, nil, nil, nil, 0)
          state.replies.expect(.upkeep)
          PQpipelineSync(handle)
          state.replies.expect(.sync)
          flush(handle, &state)
        }
        let isRefusedCopy = SQL.isCopy(ticket.key.text)
        finished.append((ticket, .failure(isRefusedCopy ? Connection.refusedCopy : failure)))
      case .skip(let ticket): skipped.append(ticket)
      case .forget(let key): state.prepared.forget(key)
      case .idle: isIdle = true
      case .confused: return false
      }
    }
    return true
  }

  private static func reply(_ result: OpaquePointer?) -> Replies.Reply {
    guard let result else { return .end }
    switch PQresultStatus(result) {
    case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
      return .value(ResultRows(taking: result))
    case PGRES_PIPELINE_SYNC:
      PQclear(result)
      return .sync
    case PGRES_PIPELINE_ABORTED:
      PQclear(result)
      return .skipped
    case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
      PQclear(result)
      return .unexpected
    default:
      defer { PQclear(result) }
      return .failure(PostgresError(result: result))
    }
  }

  private static let copyRefusal = """
    do $$ begin raise exception 'COPY was sent as an ordinary statement: use copyIn or copyOut'; end $$
    """

  private static let refusedCopy = PostgresError.misuse(
    "COPY is no ordinary statement: use copyIn or copyOut"
  )

  /// The server is shutting down or an administrator ended the connection (SQLSTATE 57P01 to 57P05).
  static func endsConnection(_ error: PostgresError) -> Bool {
    error.sqlState?.hasPrefix("57P") ?? false
  }

  private func lose() {
    guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
    reactor.unregister(self, socket: socket)
    let (held, unanswered, waiter) = state.withLock { state in
      let held = state.held
      state.held = []
      let unanswered = state.interrupted + state.replies.removeAll()
      state.interrupted = []
      state.conversation = nil
      PQfinish(state.handle)
      state.handle = nil
      return (held, unanswered, state.waiter.take())
    }
    waiter?.resume()
    for (ticket, result) in held { ticket.answer(result) }
    events.lost(self, unanswered)
  }
}

extension PostgresError {
  /// Reads the error fields of a failed result (PostgreSQL manual 34.3, PQresultErrorField).
  init(result: OpaquePointer) {
    func field(_ code: Character) -> String? {
      guard let ascii = code.asciiValue, let text = PQresultErrorField(result, Int32(ascii)) else {
        return nil
      }
      return String(cString: text)
    }
    let sqlState = field("C")
    // 26000: the name is unknown. "Cached plan must not change result type" shares its SQLSTATE with
    // everything that PostgreSQL does not do, and its text is translated; the function is its own.
    let isStale =
      sqlState == "26000" || (sqlState == "0A000" && field("R") == "RevalidateCachedQuery")
    self.init(
      code: sqlState == "57014" ? .timeout : .server,
      message: field("M") ?? String(cString: PQresultErrorMessage(result)),
      sqlState: sqlState,
      constraint: field("n"),
      table: field("t"),
      column: field("c"),
      isStale: isStale
    )
  }
}
