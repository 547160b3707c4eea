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
    var script: Ticket?
    var scriptFailure: PostgresError?
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
    let options = (["timezone": "UTC"].merging(settings) { $1 }).map { "-c \($0)=\($1)" }.sorted()
    parameters["options"] = ([parameters["options"] ?? ""] + options).joined(separator: " ")

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
  /// - Returns: False when the connection was already lost and nothing was sent.
  func send(_ tickets: [Ticket]) -> Bool {
    let isSent = state.withLock { state -> Bool in
      guard let handle = state.handle else { return false }
      let now = Nanoseconds.now()
      for ticket in tickets {
        ticket.markSent(at: now)
        send(ticket, on: handle, &state)
      }
      PQpipelineSync(handle)
      state.replies.expect(.sync)
      flush(handle, &state)
      return true
    }
    reactor.watch()
    return isSent
  }

  /// Runs several statements in one simple query, outside pipeline mode; the connection must be idle.
  func sendScript(_ text: String, ticket: Ticket) -> Bool {
    let isSent = state.withLock { state -> Bool in
      guard let handle = state.handle, state.replies.isEmpty, PQexitPipelineMode(handle) == 1 else {
        return false
      }
      ticket.markSent(at: .now())
      state.script = ticket
      state.scriptFailure = nil
      guard PQsendQuery(handle, text) == 1 else { return false }
      flush(handle, &state)
      return true
    }
    reactor.watch()
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

  /// Whether the server considers the connection to be outside any transaction.
  var isOutsideTransaction: Bool {
    state.withLock { state in
      guard let handle = state.handle else { return false }
      return PQtransactionStatus(handle) == PQTRANS_IDLE
    }
  }

  /// Closes the connection; unanswered statements are reported as lost.
  func close() {
    lose()
  }

  func socketIsReady(readable: Bool, writable: Bool) {
    var finished: [(Ticket, Result<ResultRows, any Error>)] = []
    var skipped: [Ticket] = []
    var notifications: [(String, String, Int32)] = []
    var isIdle = false
    let isHealthy = state.withLock { state -> Bool in
      guard let handle = state.handle else { return true }
      if writable { flush(handle, &state) }
      guard readable else { return true }
      guard PQconsumeInput(handle) == 1 else { return false }
      let isUnderstood =
        state.script == nil
        ? receive(handle, &state, &finished, &skipped, &isIdle)
        : receiveScript(handle, &state, &finished, &isIdle)
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
    reactor.setWantsWrite(isPending, socket: socket)
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
        finished.append((ticket, .failure(failure)))
      case .skip(let ticket): skipped.append(ticket)
      case .forget(let key): state.prepared.forget(key)
      case .idle: isIdle = true
      case .confused: return false
      }
    }
    return true
  }

  private func receiveScript(
    _ handle: OpaquePointer,
    _ state: inout State,
    _ finished: inout [(Ticket, Result<ResultRows, any Error>)],
    _ isIdle: inout Bool
  ) -> Bool {
    guard let ticket = state.script else { return true }
    while PQisBusy(handle) == 0 {
      guard let result = PQgetResult(handle) else {
        state.script = nil
        isIdle = true
        let outcome: Result<ResultRows, any Error> =
          state.scriptFailure.map { .failure($0) } ?? .success(ResultRows(taking: nil))
        finished.append((ticket, outcome))
        return PQenterPipelineMode(handle) == 1
      }
      switch PQresultStatus(result) {
      case PGRES_COPY_IN, PGRES_COPY_OUT, PGRES_COPY_BOTH:
        PQclear(result)
        state.scriptFailure = PostgresError.misuse("COPY cannot run in a script")
        return false
      case PGRES_FATAL_ERROR:
        state.scriptFailure = state.scriptFailure ?? PostgresError(result: result)
      default: break
      }
      PQclear(result)
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
    default:
      defer { PQclear(result) }
      return .failure(PostgresError(result: result))
    }
  }

  /// The server is shutting down or an administrator ended the connection (SQLSTATE 57P01 to 57P05).
  private static func endsConnection(_ error: PostgresError) -> Bool {
    error.sqlState?.hasPrefix("57P") ?? false
  }

  private func lose() {
    guard !closed.exchange(true, ordering: .acquiringAndReleasing) else { return }
    reactor.unregister(socket: socket)
    let (held, unanswered) = state.withLock { state in
      let held = state.held
      state.held = []
      var unanswered = state.interrupted + state.replies.removeAll()
      state.interrupted = []
      if let script = state.script { unanswered.append(script) }
      state.script = nil
      PQfinish(state.handle)
      state.handle = nil
      return (held, unanswered)
    }
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
