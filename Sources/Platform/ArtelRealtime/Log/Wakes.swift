/// Wakes the reader of a log, and has other nodes told of what this one wrote.
///
/// Any number of wakes while nobody waits count as one.
struct Wakes: Sendable {
  /// The log may have grown.
  let grown: AsyncStream<Void>

  /// This node wrote to the log.
  let written: AsyncStream<Void>

  private let grownContinuation: AsyncStream<Void>.Continuation
  private let writtenContinuation: AsyncStream<Void>.Continuation

  init() {
    (grown, grownContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    (written, writtenContinuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  func wake(isOwn: Bool = false) {
    grownContinuation.yield()
    if isOwn { writtenContinuation.yield() }
  }
}
