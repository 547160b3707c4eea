import NIOCore
import Synchronization

/// Watches the time limits of all requests under way.
///
/// One timer looks at every request a few times a second. A timer or a child task for each request
/// would cost more than many requests themselves.
final class RequestDeadlines: Sendable {
  private struct Watched {
    let state: RequestState
    let channel: any Channel
    let requestID: String
  }

  private struct Slots {
    var watched: [Watched?] = []
    var free: [Int] = []
  }

  private let slots = Mutex(Slots())

  /// Begins to watch a request; returns the slot to give back to ``end(_:state:)``.
  func begin(_ context: WebContext, task: RunningTask?, limit: Duration) -> Int {
    context.state.begin(task, deadline: .now + limit)
    let watched = Watched(
      state: context.state,
      channel: context.channel,
      requestID: context.requestID
    )
    return slots.withLock { slots in
      if let slot = slots.free.popLast() {
        slots.watched[slot] = watched
        return slot
      }
      slots.watched.append(watched)
      return slots.watched.count - 1
    }
  }

  func end(_ slot: Int, state: RequestState) {
    state.end()
    slots.withLock { slots in
      slots.watched[slot] = nil
      slots.free.append(slot)
    }
  }

  /// Cancels the requests whose limit has passed.
  func sweep(at now: ContinuousClock.Instant = .now) {
    let watched = slots.withLock { $0.watched }
    for case let watched? in watched where watched.state.cancel(ifOverdueAt: now) {
      // The canceled task can no longer write to its connection, so the answer is written here.
      let answer = LastWords(requestID: watched.requestID)
      watched.channel.pipeline.addHandler(answer, position: .first).whenFailure { _ in }
    }
  }

  /// Sweeps several times a second for as long as this object lives.
  func start(on eventLoop: any EventLoop) {
    eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(100), delay: .milliseconds(100)) {
      [weak self] task in
      guard let self else { return task.cancel() }
      sweep()
    }
  }
}

/// Writes the answer of a request that took too long straight to its connection, and closes it.
///
/// It stands before the HTTP encoder, so the text goes out as it is. The request's own answer has
/// not begun, as a request is no longer watched once its route has answered, and waits from now on
/// until the connection is closed.
private final class LastWords: ChannelOutboundHandler, RemovableChannelHandler, Sendable {
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let requestID: String

  init(requestID: String) {
    self.requestID = requestID
  }

  func handlerAdded(context: ChannelHandlerContext) {
    var json = JSONWriter(capacity: 256)
    json.object { json in
      json.field("type", Problem.Kind.timeout.type)
      json.field("title", "Timeout")
      json.field("status", 503)
      json.field("request_id", requestID)
    }
    let head = """
      HTTP/1.1 503 Service Unavailable\r
      content-type: application/problem+json\r
      content-length: \(json.bytes.count)\r
      cache-control: no-store\r
      x-request-id: \(requestID)\r
      connection: close\r
      \r

      """
    var bytes = context.channel.allocator.buffer(string: head)
    bytes.writeBytes(json.bytes)
    context.writeAndFlush(wrapOutboundOut(bytes)).assumeIsolated().whenComplete { _ in
      context.close(promise: nil)
    }
    // A client that does not read must not keep the connection open.
    let channel = context.channel
    context.eventLoop.scheduleTask(in: .seconds(1)) {
      channel.close(promise: nil)
    }
  }
}
