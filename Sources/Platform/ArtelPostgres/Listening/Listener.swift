import ArtelConcurrency
import Logging
import Synchronization

/// What a listening connection reports.
public enum ListenEvent: Sendable, Equatable {
  /// A NOTIFY: its channel, its payload and the process that sent it.
  case notification(channel: String, payload: String, processID: Int32)
  /// Listening began, or began again: whatever was sent before may have been missed.
  case gap
}

/// Keeps one connection listening.
enum Listener {
  private static let bufferedEvents = 1_000
  private static let firstPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(5)

  static func events(
    of channels: [String],
    configuration: DatabaseConfiguration,
    reactor: Reactor,
    pool: BlockingPool,
    logger: Logger
  ) -> AsyncStream<ListenEvent> {
    let (stream, continuation) = AsyncStream.makeStream(
      of: ListenEvent.self,
      bufferingPolicy: .bufferingNewest(bufferedEvents)
    )
    let task = Task {
      var pause = firstPause
      while !Task.isCancelled {
        do {
          try await listen(to: channels, configuration, reactor, pool, continuation) {
            pause = firstPause
          }
        } catch is CancellationError {
          break
        } catch {
          logger.warning("Listening was interrupted", metadata: ["error": "\(error)"])
        }
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, longestPause)
      }
      continuation.finish()
    }
    continuation.onTermination = { _ in task.cancel() }
    return stream
  }

  /// Listens until the connection is lost or the task is cancelled.
  private static func listen(
    to channels: [String],
    _ configuration: DatabaseConfiguration,
    _ reactor: Reactor,
    _ pool: BlockingPool,
    _ continuation: AsyncStream<ListenEvent>.Continuation,
    onStart: () -> Void
  ) async throws {
    let (lost, lostContinuation) = AsyncStream.makeStream(of: Void.self)
    let events = Connection.Events(
      lost: { _, unanswered in
        for ticket in unanswered { ticket.answer(.failure(Lease.unsent)) }
        lostContinuation.finish()
      },
      notified: { channel, payload, processID in
        let event = ListenEvent.notification(
          channel: channel,
          payload: payload,
          processID: processID
        )
        // A dropped event is a gap: the reader must know that it missed something.
        if case .dropped = continuation.yield(event) { continuation.yield(.gap) }
      }
    )
    // In a task of its own: a cancelled one would drop the connection without closing it.
    let connection = try await Task {
      try await pool.run {
        try Connection.open(
          configuration,
          settings: [:],
          reactor: reactor,
          events: events,
          answersWhenIdle: true
        )
      }
    }.value
    defer { connection.close() }
    let tickets = channels.map { Ticket(SQL(raw: "listen \(SQL.quoted($0))")) }
    guard connection.send(tickets) else { throw Lease.unsent }
    for ticket in tickets { _ = try await ticket.value() }
    continuation.yield(.gap)
    onStart()
    await withTaskCancellationHandler {
      for await _ in lost {}
    } onCancel: {
      lostContinuation.finish()
    }
  }
}
