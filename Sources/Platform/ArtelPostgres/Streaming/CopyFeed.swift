import Synchronization

/// The data of one COPY on its way to the server, in pieces worth a system call.
final class CopyFeed: Sendable {
  private static let piece = 1 << 15

  private let lease: Lease
  private let ticket: Ticket
  private let conversation: Conversation
  private let pending = Mutex<[UInt8]>([])
  private let hasEnded = Mutex(false)

  init(_ sql: SQL, on lease: Lease) async throws {
    try Task.checkCancellation()
    try SQL.checkCopy(sql.text)
    self.lease = lease
    ticket = Ticket(sql)
    conversation = try await lease.beginConversation()
    ticket.markSent(at: .now())
  }

  /// Runs the statement with what `body` appends; returns how many rows were stored.
  nonisolated(nonsending) func run(_ body: () async throws -> Void) async throws -> Int {
    do {
      let rows = try await conversation.stoppable {
        try await conversation.send(ticket)
        try await conversation.startCopy(isIn: true)
        try await body()
        // A source that was cancelled ends like one that is complete.
        try Task.checkCancellation()
        try await send()
        hasEnded.withLock { $0 = true }
        try await conversation.putEnd()
        return try await conversation.complete()
      }
      lease.succeed(ticket, rows)
      return rows.affectedCount
    } catch {
      throw await lease.fail(conversation, ticket, knowingOutcome(error))
    }
  }

  func append(_ bytes: some Sequence<UInt8>) async throws {
    let isPiece = pending.withLock { pending in
      pending.append(contentsOf: bytes)
      return pending.count >= CopyFeed.piece
    }
    if isPiece { try await send() }
  }

  private func send() async throws {
    try Task.checkCancellation()
    let bytes = pending.withLock { pending in
      defer { pending.removeAll(keepingCapacity: true) }
      return pending
    }
    try await conversation.put(bytes)
  }

  /// Until the end was sent, a lost connection stores nothing.
  private func knowingOutcome(_ error: any Error) -> any Error {
    guard let failure = error as? PostgresError, failure.code == .unknownOutcome,
      !hasEnded.withLock({ $0 })
    else { return error }
    return PostgresError(
      code: .connectionUnavailable,
      message: "the connection was lost before the end of the COPY"
    )
  }
}
