import Synchronization

/// What a request collects while its route runs, and its time limit; shared by the copies of its
/// context.
final class RequestState: Sendable {
  private struct Contents {
    var cookies: [ResponseCookie] = []
    var anonymousSecret: String?
    var deadline: ContinuousClock.Instant?
    var task: RunningTask?
    var isOverdue = false
    var isBodyHeldBack = false
    var route: RouteMeter?
  }

  private let contents = Mutex(Contents())

  /// The cookies to send with the answer, the last one of each name.
  var cookies: [ResponseCookie] {
    contents.withLock { $0.cookies }
  }

  /// Whether the time limit has passed and the request was canceled for it.
  var isOverdue: Bool {
    contents.withLock { $0.isOverdue }
  }

  /// Whether the client waits to be asked for the body, and was not asked.
  var isBodyHeldBack: Bool {
    get { contents.withLock { $0.isBodyHeldBack } }
    set { contents.withLock { $0.isBodyHeldBack = newValue } }
  }

  /// The route that took the request; nil when none did.
  var route: RouteMeter? {
    get { contents.withLock { $0.route } }
    set { contents.withLock { $0.route = newValue } }
  }

  func set(_ cookie: ResponseCookie) {
    contents.withLock { contents in
      contents.cookies.removeAll { $0.name == cookie.name }
      contents.cookies.append(cookie)
    }
  }

  /// The secret that a guest's cross-site tokens are bound to; made, and sent as a cookie, on first
  /// need.
  func anonymousSecret(make: () -> String) -> String {
    contents.withLock { contents in
      if let secret = contents.anonymousSecret { return secret }
      let secret = make()
      contents.anonymousSecret = secret
      contents.cookies.append(ResponseCookie(.crossSite, value: secret))
      return secret
    }
  }

  func begin(_ task: RunningTask?, deadline: ContinuousClock.Instant) {
    contents.withLock { contents in
      contents.task = task
      contents.deadline = deadline
    }
  }

  func extend(to deadline: ContinuousClock.Instant) {
    contents.withLock { contents in
      if contents.deadline != nil { contents.deadline = deadline }
    }
  }

  /// Ends the watch: from now on the task is never canceled.
  func end() {
    contents.withLock { contents in
      contents.task = nil
      contents.deadline = nil
    }
  }

  /// Cancels the task once its limit has passed; true the one time it does.
  func cancel(ifOverdueAt now: ContinuousClock.Instant) -> Bool {
    contents.withLock { contents in
      guard let deadline = contents.deadline, deadline <= now else { return false }
      contents.isOverdue = true
      contents.deadline = nil
      contents.task?.cancel()
      return true
    }
  }
}

/// The task that runs a request, so that another thread can cancel it.
///
/// Safe to share: canceling is allowed from any thread while the task lives, and the request's
/// state lets go of it under its lock before the task can end.
struct RunningTask: @unchecked Sendable {
  private let task: UnsafeCurrentTask

  init(_ task: UnsafeCurrentTask) {
    self.task = task
  }

  func cancel() {
    task.cancel()
  }
}
