/// Threads of its own for calls that block: disk, name look-up, password hashing, helper processes.
///
/// Swift's cooperative pool and NIO's event loops have about one thread per processor core, so one
/// blocking call there stalls unrelated requests. Threads start on first need and live until
/// ``stop()`` or until the pool is released.
public final class BlockingPool: Sendable {
  /// What a pool is doing.
  public struct Activity: Sendable, Equatable {
    /// Threads that run a call.
    public var busyThreads: Int
    /// Calls that wait for a thread.
    public var waiting: Int
  }

  /// The name of its threads.
  public let name: String

  private let queue: BlockingQueue

  /// Makes a pool; no thread starts yet.
  ///
  /// - Parameters:
  ///   - name: Shown as the name of each thread; the kernel keeps the first 15 bytes.
  ///   - threads: Most calls that run at the same time; at least 1.
  ///   - queueLimit: Most calls that wait for a thread; default 1024.
  public init(name: String, threads: Int, queueLimit: Int = 1024) {
    self.name = name
    precondition(threads > 0 && queueLimit >= 0, "A pool needs a thread.")
    queue = BlockingQueue(threadName: name, threadLimit: threads, queueLimit: queueLimit)
  }

  deinit {
    queue.close()
  }

  /// Runs `body` on one of the pool's threads and returns what it returns.
  ///
  /// Calls start in the order they arrive. When the waiting task is cancelled, work still in the
  /// queue never runs; work already running finishes, but its result is dropped, so a result that
  /// owns a descriptor or a process must release it in `deinit`.
  ///
  /// - Throws: What `body` throws; ``BlockingPoolError/full`` when the queue is full;
  ///   ``BlockingPoolError/stopped`` after ``stop()``; `CancellationError`, at once, on
  ///   cancellation.
  public func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    let call = BlockingCall(body)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        guard call.wait(with: continuation) else { return }
        do throws(BlockingPoolError) {
          try queue.append(call)
        } catch {
          call.refuse(error)
        }
      }
    } onCancel: {
      if call.cancel() {
        queue.remove(call)
      }
    }
  }

  /// What it is doing now.
  public var activity: Activity { queue.activity }

  /// Ends the threads as they become idle and refuses the work that still waits; running work
  /// finishes.
  ///
  /// Returns at once. Calling it again does nothing.
  public func stop() {
    queue.close()
  }
}
