/// Why a ``BlockingPool`` did not run a call.
public enum BlockingPoolError: Error, Hashable, Sendable {
  /// As many calls wait as the pool admits; trying again later can succeed.
  case full
  /// The pool was stopped.
  case stopped
  /// The system refused a thread.
  case noThread
}

extension BlockingPoolError: CustomStringConvertible {
  /// Text that is safe to show.
  public var description: String {
    switch self {
    case .full: "Too many calls are waiting for a thread."
    case .stopped: "The thread pool has stopped."
    case .noThread: "The system refused to start a thread."
    }
  }
}
