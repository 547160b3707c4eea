import ArtelConcurrency
internal import CPostgres
import Synchronization

/// One statement outside pipeline mode, taken step by step by the task that holds the lease.
///
/// libpq is called by that task; the reactor only says when the socket is ready. Nothing is read from
/// the socket while the task asks for nothing: that is the back-pressure.
final class Conversation: Sendable {
  /// One thing that libpq returned.
  private enum Step: Sendable {
    case row(ResultRows)
    case result(ResultRows)
    case failure(PostgresError)
    case copyIn, copyOut
    case end
  }

  /// Whether a step that can be stopped has come to its end.
  private final class Course: Sendable {
    let isOver = Atomic(false)
  }

  private enum Limits {
    /// Rows parsed at a time; the rest stays in libpq's buffer as bytes.
    static let rows = 128
    /// About how many bytes of a COPY are handed out at a time.
    static let chunk = 1 << 15
    /// How many bytes are given to libpq before the socket must have taken them.
    static let slice = 1 << 16
  }

  private let connection: Connection
  private let pool: BlockingPool
  private let number: UInt64
  /// The first failure, or the last result.
  private let outcome = Mutex<Result<ResultRows, PostgresError>?>(nil)
  /// Whether all data of a COPY to us was read; libpq refuses to be asked again.
  private let isCopied = Mutex(false)

  /// Leaves pipeline mode; nil when the connection is lost or busy.
  init?(on connection: Connection, pool: BlockingPool) {
    guard let number = connection.beginConversation() else { return nil }
    self.connection = connection
    self.pool = pool
    self.number = number
  }

  static let lost = PostgresError(
    code: .unknownOutcome,
    message: "the connection was lost after sending"
  )

  static let over = PostgresError.misuse(
    "the lease was used for another statement before these rows were taken"
  )

  // MARK: Sending

  func send(_ ticket: Ticket, rowByRow: Bool = false) async throws {
    try use { handle in
      let types = ticket.key.types.map(\.rawValue)
      let isSent = ticket.parameters.withPointers { count, values, lengths, formats in
        PQsendQueryParams(handle, ticket.key.text, count, types, values, lengths, formats, 1)
      }
      guard isSent == 1, !rowByRow || PQsetSingleRowMode(handle) == 1 else {
        throw Conversation.lost
      }
    }
    try await flush()
  }

  func sendScript(_ text: String) async throws {
    try use { guard PQsendQuery($0, text) == 1 else { throw Conversation.lost } }
    try await flush()
  }

  /// Sends data of a COPY and returns when the socket has taken all of it.
  func put(_ bytes: [UInt8]) async throws {
    var start = 0
    while start < bytes.count {
      let end = min(start + Limits.slice, bytes.count)
      // libpq's buffer grows without bound, so it is emptied before more is put into it.
      let isQueued = try use { handle in
        try bytes[start..<end].withUnsafeBytes { slice in
          let result = PQputCopyData(
            handle,
            slice.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(slice.count)
          )
          guard result >= 0 else { throw Conversation.lost }
          return result == 1
        }
      }
      if isQueued { start = end }
      try await flush()
    }
  }

  /// Ends the data of a COPY; with an error nothing of it is stored.
  func putEnd(error: String? = nil) async throws {
    while try use({ PQputCopyEnd($0, error) }) == 0 { try await flush() }
    try await flush()
  }

  private func flush() async throws {
    while true {
      let result = try use { PQflush($0) }
      if result == 0 { return }
      guard result == 1 else { throw Conversation.lost }
      try await connection.wait(number, for: .bothOnce)
      // What the server says meanwhile, such as notices, must not keep it from reading.
      try use { guard PQconsumeInput($0) == 1 else { throw Conversation.lost } }
    }
  }

  // MARK: Receiving

  /// Reads until the statement is over.
  ///
  /// - Throws: The statement's first failure.
  func complete() async throws -> ResultRows {
    while true {
      switch try await next() {
      case .row, .result, .failure: break
      case .copyIn, .copyOut: throw PostgresError.misuse("COPY is run by copyIn and copyOut alone")
      case .end: return try finish()
      }
    }
  }

  /// Reads what has arrived, at least one row; empty when the statement is over.
  func rows() async throws -> [ResultRows] {
    while true {
      let (rows, isOver) = try use { handle in try takeRows(from: handle) }
      if !rows.isEmpty { return rows }
      if isOver {
        _ = try finish()
        return []
      }
      try await receive()
    }
  }

  private func takeRows(from handle: OpaquePointer) throws -> ([ResultRows], isOver: Bool) {
    var rows: [ResultRows] = []
    while rows.count < Limits.rows, PQisBusy(handle) == 0 {
      switch note(PQgetResult(handle)) {
      case .row(let row): rows.append(row)
      case .result, .failure: break
      case .copyIn, .copyOut: throw PostgresError.misuse("COPY is run by copyIn and copyOut alone")
      case .end: return (rows, true)
      }
    }
    return (rows, false)
  }

  /// Waits until the server is ready to take or to send the data of a COPY.
  func startCopy(isIn: Bool) async throws {
    while true {
      switch try await next() {
      case .copyIn where isIn, .copyOut where !isIn: return
      case .copyIn, .copyOut:
        throw PostgresError.misuse(
          "COPY goes the other way: copyIn is from stdin, copyOut to stdout"
        )
      case .row, .result, .failure: break
      case .end:
        _ = try finish()
        throw PostgresError.misuse("the statement is no COPY from stdin or to stdout")
      }
    }
  }

  /// Reads what has arrived of a COPY, at least one byte; empty when all of it was read.
  func chunk() async throws -> [UInt8] {
    while !isCopied.withLock({ $0 }) {
      let bytes = try use { handle in try takeChunk(from: handle) }
      if !bytes.isEmpty { return bytes }
      if isCopied.withLock({ $0 }) { break }
      try await receive()
    }
    return []
  }

  private func takeChunk(from handle: OpaquePointer) throws -> [UInt8] {
    var bytes: [UInt8] = []
    while bytes.count < Limits.chunk {
      var message: UnsafeMutablePointer<CChar>?
      let count = PQgetCopyData(handle, &message, 1)
      if count == 0 { break }
      guard count > 0, let message else {
        guard count == -1 else { throw Conversation.lost }
        isCopied.withLock { $0 = true }
        break
      }
      bytes.append(contentsOf: UnsafeRawBufferPointer(start: message, count: Int(count)))
      PQfreemem(message)
    }
    return bytes
  }

  private func next() async throws -> Step {
    while true {
      let step = try use { handle in
        PQisBusy(handle) == 0 ? note(PQgetResult(handle)) : nil
      }
      if let step { return step }
      try await receive()
    }
  }

  private func receive() async throws {
    try await connection.wait(number, for: .readingOnce)
    try use { guard PQconsumeInput($0) == 1 else { throw Conversation.lost } }
  }

  /// Says what a result is and remembers what the statement came to.
  private func note(_ result: OpaquePointer?) -> Step {
    guard let result else { return .end }
    switch PQresultStatus(result) {
    case PGRES_SINGLE_TUPLE: return .row(ResultRows(taking: result))
    case PGRES_COPY_IN:
      PQclear(result)
      return .copyIn
    case PGRES_COPY_OUT, PGRES_COPY_BOTH:
      PQclear(result)
      return .copyOut
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
      defer { PQclear(result) }
      let failure = PostgresError(result: result)
      outcome.withLock { outcome in
        if case .failure = outcome { return }
        outcome = .failure(failure)
      }
      return .failure(failure)
    default:
      let rows = ResultRows(taking: result)
      outcome.withLock { outcome in
        if case .failure = outcome { return }
        outcome = .success(rows)
      }
      return .result(rows)
    }
  }

  // MARK: Ending

  /// Goes back to pipeline mode.
  private func finish() throws -> ResultRows {
    let outcome = outcome.withLock { $0 } ?? .success(ResultRows(taking: nil))
    // The server said why it ends the connection, which is no answer to the statement.
    if case .failure(let failure) = outcome,
      Connection.endsConnection(failure) || failure.sqlState == nil
    {
      connection.close()
      throw Conversation.lost
    }
    connection.endConversation(number)
    return try outcome.get()
  }

  /// The last result, once the statement is over.
  var result: ResultRows {
    get throws { try outcome.withLock { $0 }?.get() ?? ResultRows(taking: nil) }
  }

  /// Stops the statement on the server and reads what is left, so that the connection can be used
  /// again; closes the connection when that fails.
  ///
  /// Does nothing when the conversation is over. A cancelled task waits for it too.
  func stop() async {
    guard connection.isConversing(number) else { return }
    await Task { [self] in
      let asking = Task { [connection, pool, number] in
        await connection.cancelRunning(on: pool) { !connection.isConversing(number) }
      }
      do {
        try await drain()
        _ = try? finish()
      } catch {
        connection.close()
      }
      await asking.value
    }.value
  }

  private func drain() async throws {
    while true {
      switch try await next() {
      case .copyIn: try await putEnd(error: "the client gave up")
      case .copyOut: while try await !chunk().isEmpty {}
      case .row, .result, .failure: break
      case .end: return
      }
    }
  }

  /// Runs `body`; cancelling the task meanwhile asks the server to stop the statement.
  ///
  /// Returns when the request has gone out, so that it cannot meet the next statement.
  nonisolated(nonsending) func stoppable<Value>(
    _ body: () async throws -> Value
  ) async throws -> Value {
    let cancelling = Mutex<Task<Void, Never>?>(nil)
    let course = Course()
    do {
      let value = try await withTaskCancellationHandler {
        defer { course.isOver.store(true, ordering: .releasing) }
        return try await body()
      } onCancel: { [connection, pool] in
        let task = Task {
          await connection.cancelRunning(on: pool) { course.isOver.load(ordering: .acquiring) }
        }
        cancelling.withLock { $0 = task }
      }
      await cancelling.withLock { $0 }?.value
      return value
    } catch {
      await cancelling.withLock { $0 }?.value
      throw error
    }
  }

  private func use<Value: Sendable>(_ body: (OpaquePointer) throws -> Value) throws -> Value {
    try connection.converse(number, body)
  }
}
