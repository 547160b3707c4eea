internal import CLinux
import Glibc
import Synchronization

/// One thread that waits for every database socket of the process and hands out what arrives.
///
/// Share one among all databases. Sending happens on the callers' threads; the reactor only receives,
/// because handing a send over to another thread costs an extra switch.
public final class Reactor: Sendable {
  /// What the reactor calls on its own thread; implementations must not block.
  protocol Handler: AnyObject, Sendable {
    func socketIsReady(readable: Bool, writable: Bool)
  }

  /// Called every 20 ms while it says that it has something to watch, else every 5 s.
  protocol Ticker: AnyObject, Sendable {
    func tick(now: Nanoseconds) -> Bool
  }

  /// What a socket is watched for.
  enum Interest {
    case reading, both
    /// Told of nothing until it is watched again.
    case nothing
    /// Told once.
    case readingOnce, bothOnce

    // EPOLLHUP and EPOLLERR are always reported, again and again for a socket that nobody reads:
    // EPOLLONESHOT silences them too.
    fileprivate var events: UInt32 {
      switch self {
      case .reading: EPOLLIN.rawValue
      case .both: EPOLLIN.rawValue | EPOLLOUT.rawValue
      case .nothing: EPOLLONESHOT.rawValue
      case .readingOnce: EPOLLIN.rawValue | EPOLLONESHOT.rawValue
      case .bothOnce: EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLONESHOT.rawValue
      }
    }
  }

  private struct State {
    var handlers: [Int32: any Handler] = [:]
    var tickers: [ObjectIdentifier: any Ticker] = [:]
    /// To be called although epoll says nothing of them.
    var summoned: [any Handler] = []
  }

  private let epoll: Int32
  private let wakeUp: Int32
  private let state = Mutex(State())
  private let isParked = Atomic(false)
  private let isStopped = Atomic(false)

  private static let activeWaitMilliseconds: Int32 = 20
  private static let parkedWaitMilliseconds: Int32 = 5_000

  /// Starts the thread; it lives until ``stop()``.
  public init() {
    epoll = epoll_create1(Int32(EPOLL_CLOEXEC))
    wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    precondition(epoll >= 0 && wakeUp >= 0, "no file descriptors left for the database reactor")
    var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: wakeUp))
    epoll_ctl(epoll, EPOLL_CTL_ADD, wakeUp, &event)
    startThread { [self] in
      artel_name_thread("artel-postgres")
      run()
    }
  }

  // Not at the end of the thread: whoever stops it may be about to wake it by a number that is
  // somebody else's then.
  deinit {
    close(wakeUp)
    close(epoll)
  }

  /// Ends the thread.
  ///
  /// Databases must be closed before.
  public func stop() {
    isStopped.store(true, ordering: .sequentiallyConsistent)
    wake()
  }

  /// Begins to watch a socket for reading.
  func register(_ handler: any Handler, socket: Int32) {
    state.withLock { state in
      state.handlers[socket] = handler
      var event = epoll_event(events: EPOLLIN.rawValue, data: epoll_data_t(fd: socket))
      epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event)
    }
  }

  /// Changes what the socket of a handler is watched for.
  func watch(_ interest: Interest, of handler: any Handler, socket: Int32) {
    ifStillOwned(by: handler, socket) { _ in
      var event = epoll_event(events: interest.events, data: epoll_data_t(fd: socket))
      epoll_ctl(epoll, EPOLL_CTL_MOD, socket, &event)
    }
  }

  /// Forgets the socket of a handler.
  func unregister(_ handler: any Handler, socket: Int32) {
    ifStillOwned(by: handler, socket) { state in
      epoll_ctl(epoll, EPOLL_CTL_DEL, socket, nil)
      state.handlers[socket] = nil
    }
  }

  /// libpq closes the socket of a lost connection by itself, and the next one may have its number by
  /// the time that its handler hears of it.
  private func ifStillOwned(
    by handler: any Handler,
    _ socket: Int32,
    _ body: (inout State) -> Void
  ) {
    state.withLock { state in
      if state.handlers[socket] === handler { body(&state) }
    }
  }

  /// Calls a handler soon, on the reactor's thread, as though its socket could be read.
  ///
  /// For sockets that were closed: epoll forgets them without an event.
  func summon(_ handler: any Handler) {
    state.withLock { $0.summoned.append(handler) }
    wake()
  }

  func add(_ ticker: any Ticker) {
    state.withLock { $0.tickers[ObjectIdentifier(ticker)] = ticker }
    wake()
  }

  func remove(_ ticker: any Ticker) {
    _ = state.withLock { $0.tickers.removeValue(forKey: ObjectIdentifier(ticker)) }
  }

  /// Makes sure that ticks come every 20 ms again; one atomic load when they already do.
  func watch() {
    if isParked.load(ordering: .sequentiallyConsistent) { wake() }
  }

  private func wake() {
    eventfd_write(wakeUp, 1)
  }

  private func run() {
    var events = [epoll_event](repeating: epoll_event(), count: 64)
    var lastTick = Nanoseconds.now()
    var isQuiet = false
    while !isStopped.load(ordering: .sequentiallyConsistent) {
      if isQuiet {
        isParked.store(true, ordering: .sequentiallyConsistent)
        // A sender that looked just before the store was not told to wake us: look once more.
        isQuiet = !tick(now: .now())
      }
      let timeout = isQuiet ? Reactor.parkedWaitMilliseconds : Reactor.activeWaitMilliseconds
      let count = epoll_wait(epoll, &events, Int32(events.count), timeout)
      isParked.store(false, ordering: .sequentiallyConsistent)
      for index in 0..<max(0, Int(count)) { dispatch(events[index]) }
      for handler in summoned() { handler.socketIsReady(readable: true, writable: false) }
      let now = Nanoseconds.now()
      if now - lastTick >= .milliseconds(Int64(Reactor.activeWaitMilliseconds)) {
        lastTick = now
        isQuiet = !tick(now: now) && count <= 0
      }
    }
  }

  private func summoned() -> [any Handler] {
    state.withLock { state in
      guard !state.summoned.isEmpty else { return [] }
      defer { state.summoned = [] }
      return state.summoned
    }
  }

  private func dispatch(_ event: epoll_event) {
    let socket = event.data.fd
    if socket == wakeUp {
      var value: eventfd_t = 0
      eventfd_read(wakeUp, &value)
      return
    }
    guard let handler = state.withLock({ $0.handlers[socket] }) else { return }
    let isWritable = event.events & EPOLLOUT.rawValue != 0
    let isReadable = event.events & ~EPOLLOUT.rawValue != 0
    handler.socketIsReady(readable: isReadable, writable: isWritable)
  }

  private func tick(now: Nanoseconds) -> Bool {
    let tickers = state.withLock { Array($0.tickers.values) }
    var isBusy = false
    for ticker in tickers where ticker.tick(now: now) { isBusy = true }
    return isBusy
  }
}

/// Starts a detached thread.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  let box = Unmanaged.passRetained(Body(body))
  var thread = pthread_t()
  let result = pthread_create(
    &thread,
    nil,
    { argument in
      guard let argument else { return nil }
      Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
      return nil
    },
    box.toOpaque()
  )
  precondition(result == 0, "no thread left for the database reactor")
  pthread_detach(thread)
}
