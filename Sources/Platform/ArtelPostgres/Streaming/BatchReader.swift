import Synchronization

/// Takes what one statement sends, batch by batch, each when the consumer asks for it.
///
/// It begins with the first request. Leaving it early leaves the conversation to the lease, which
/// ends it before its next statement or when it is given back.
final class BatchReader<Batch: Collection & Sendable>: Sendable {
  private enum Phase {
    case unbegun
    case reading(Lease, Conversation)
    case ended
  }

  private let ticket: Ticket
  private let lease: @Sendable () async throws -> Lease
  private let begin: @Sendable (Conversation, Ticket) async throws -> Void
  private let take: @Sendable (Conversation) async throws -> Batch
  private let phase = Mutex(Phase.unbegun)

  /// - Parameters:
  ///   - sql: The statement.
  ///   - lease: Gets the connection ready for it.
  ///   - begin: Sends it.
  ///   - take: Waits for the next batch; empty at the end.
  init(
    _ sql: SQL,
    lease: @escaping @Sendable () async throws -> Lease,
    begin: @escaping @Sendable (Conversation, Ticket) async throws -> Void,
    take: @escaping @Sendable (Conversation) async throws -> Batch
  ) {
    ticket = Ticket(sql)
    self.lease = lease
    self.begin = begin
    self.take = take
  }

  /// The next batch, never empty; nil at the end.
  func next() async throws -> Batch? {
    switch phase.withLock({ $0 }) {
    case .ended: return nil
    case .reading(let lease, let conversation):
      return try await read(lease, conversation) {}
    case .unbegun:
      try Task.checkCancellation()
      let lease = try await lease()
      let conversation = try await lease.beginConversation()
      ticket.markSent(at: .now())
      phase.withLock { $0 = .reading(lease, conversation) }
      return try await read(lease, conversation) { [begin, ticket] in
        try await begin(conversation, ticket)
      }
    }
  }

  private func read(
    _ lease: Lease,
    _ conversation: Conversation,
    after prelude: @Sendable () async throws -> Void
  ) async throws -> Batch? {
    do {
      try Task.checkCancellation()
      let batch = try await conversation.stoppable {
        try await prelude()
        return try await take(conversation)
      }
      if !batch.isEmpty { return batch }
      phase.withLock { $0 = .ended }
      lease.succeed(ticket, try conversation.result)
      return nil
    } catch {
      phase.withLock { $0 = .ended }
      throw await lease.fail(conversation, ticket, error)
    }
  }
}
