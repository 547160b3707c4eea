import CLinux
import Glibc
import Synchronization

/// The thread of a ``FaultyProxy`` and what it works on.
///
/// Sockets are opened and read by the thread and closed under the lock by whoever ends a connection.
final class ProxyLoop: Sendable {
  struct Faults {
    var delay = Duration.zero
    var isStalled = false
    var cutAfter: Int?
  }

  /// One connection: the client's socket, the server's, and a pipe for each direction.
  struct Link {
    let client: Int32
    let server: Int32
    var pipes: [FaultyProxy.Direction: ProxyPipe]
    /// Directions that are kept back on this connection alone.
    var frozen: Set<FaultyProxy.Direction> = []

    func source(_ direction: FaultyProxy.Direction) -> Int32 {
      direction == .toServer ? client : server
    }

    func target(_ direction: FaultyProxy.Direction) -> Int32 {
      direction == .toServer ? server : client
    }
  }

  struct Point {
    let marker: [UInt8]
    let direction: FaultyProxy.Direction
    let passes: Bool
    let point: ProxyPoint
  }

  struct State {
    let listener: Int32
    var links: [Int: Link] = [:]
    var faults: [FaultyProxy.Direction: Faults] = [:]
    var points: [Point] = []
    var acceptedCount = 0
    var isRefusing = false
    var isStopped = false
  }

  let port: UInt16
  private let upstream: FaultyProxy.Upstream
  private let wakeUp: Int32
  private let state: Mutex<State>

  fileprivate static let bufferLimit = 1 << 18

  init(to upstream: FaultyProxy.Upstream) throws {
    self.upstream = upstream
    let (listener, port) = try ProxySocket.listening()
    self.port = port
    wakeUp = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    state = Mutex(State(listener: listener))
    startThread()
  }

  func withState<Result>(_ body: (inout sending State) -> sending Result) -> sending Result {
    defer { eventfd_write(wakeUp, 1) }
    return state.withLock(body)
  }

  func plantPoint(_ marker: String, _ direction: FaultyProxy.Direction, passes: Bool)
    -> ProxyPoint
  {
    let point = ProxyPoint(marker, loop: self)
    withState {
      $0.points.append(
        Point(marker: Array(marker.utf8), direction: direction, passes: passes, point: point)
      )
    }
    return point
  }

  func stop() {
    withState { $0.isStopped = true }
  }

  // MARK: The thread

  private func startThread() {
    var thread = pthread_t()
    let status = pthread_create(
      &thread,
      nil,
      { context in
        guard let context else { return nil }
        artel_name_thread("faulty-proxy")
        Unmanaged<ProxyLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
      },
      Unmanaged.passRetained(self).toOpaque()
    )
    precondition(status == 0, "no thread left for a proxy")
    pthread_detach(thread)
  }

  private func run() {
    while true {
      let plan = state.withLock { $0.isStopped ? nil : $0.plan(at: .now) }
      guard let plan else { break }
      var watched = plan.watched + [pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0)]
      poll(&watched, nfds_t(watched.count), plan.timeoutMilliseconds)
      var value: eventfd_t = 0
      eventfd_read(wakeUp, &value)
      if watched[0].revents != 0 { accept() }
      // Sockets are non-blocking: whoever is not ready says so, and nobody has to be told apart.
      state.withLock { state in
        for id in state.links.keys { state.move(id, at: .now) }
      }
    }
    state.withLock { state in
      state.dropAll()
      close(state.listener)
    }
  }

  // Not by the thread: whoever told it to stop may not have woken it yet.
  deinit {
    close(wakeUp)
  }

  private func accept() {
    let client = state.withLock { Glibc.accept($0.listener, nil, nil) }
    guard client >= 0 else { return }
    guard let server = ProxySocket.connected(to: upstream) else {
      ProxySocket.reset(client)
      return
    }
    for socket in [client, server] {
      ProxySocket.makeNonBlocking(socket)
      ProxySocket.makePrompt(socket)
    }
    state.withLock { state in
      state.acceptedCount += 1
      var pipes = [FaultyProxy.Direction.toServer: ProxyPipe(), .toClient: ProxyPipe()]
      for (direction, faults) in state.faults { pipes[direction]?.cutAt = faults.cutAfter }
      state.links[state.acceptedCount] = Link(client: client, server: server, pipes: pipes)
    }
  }
}

extension ProxyLoop.State {
  // MARK: Faults

  mutating func plantCut(after bytes: Int, _ direction: FaultyProxy.Direction) {
    faults[direction, default: .init()].cutAfter = bytes
    for id in links.keys {
      guard let sent = links[id]?.pipes[direction]?.sentCount else { continue }
      links[id]?.pipes[direction]?.cutAt = sent + bytes
    }
  }

  mutating func refuse() {
    guard !isRefusing else { return }
    isRefusing = true
    // The port stays ours, and connecting to it is refused until it listens again.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  mutating func mend() {
    faults = [:]
    for id in links.keys {
      links[id]?.frozen = []
      for direction in FaultyProxy.Direction.allCases {
        links[id]?.pipes[direction]?.cutAt = nil
        links[id]?.pipes[direction]?.heldFrom = nil
      }
    }
    if isRefusing {
      let status = listen(listener, 128)
      precondition(status == 0, "the proxy cannot listen again")
    }
    isRefusing = false
  }

  mutating func thaw(_ id: Int) {
    links[id]?.frozen = []
    for direction in FaultyProxy.Direction.allCases {
      links[id]?.pipes[direction]?.heldFrom = nil
    }
  }

  mutating func drop(_ id: Int) {
    guard let link = links.removeValue(forKey: id) else { return }
    ProxySocket.reset(link.client)
    ProxySocket.reset(link.server)
  }

  mutating func dropAll() {
    for id in links.keys { drop(id) }
  }

  private func isStalled(_ link: ProxyLoop.Link, _ direction: FaultyProxy.Direction) -> Bool {
    link.frozen.contains(direction) || faults[direction]?.isStalled == true
  }

  // MARK: Moving bytes

  /// What to wait for, the listener first, and how long.
  func plan(at now: ContinuousClock.Instant) -> (watched: [pollfd], timeoutMilliseconds: Int32) {
    var watched = [pollfd(fd: isRefusing ? -1 : listener, events: Int16(POLLIN), revents: 0)]
    var due: ContinuousClock.Instant?
    for link in links.values {
      for direction in FaultyProxy.Direction.allCases where !isStalled(link, direction) {
        guard let pipe = link.pipes[direction] else { continue }
        if !pipe.isEnded, pipe.waitingCount < ProxyLoop.bufferLimit, pipe.heldFrom == nil {
          watched.append(pollfd(fd: link.source(direction), events: Int16(POLLIN), revents: 0))
        }
        if pipe.ready(at: now) != nil {
          watched.append(pollfd(fd: link.target(direction), events: Int16(POLLOUT), revents: 0))
        } else if let next = pipe.nextDue {
          due = min(due ?? next, next)
        }
      }
    }
    guard let due else { return (watched, 1_000) }
    let pause = max(Duration.zero, due - now) / .milliseconds(1)
    return (watched, Int32(min(pause.rounded(.up), 1_000)))
  }

  /// Reads what has come and writes what may leave, on one connection.
  mutating func move(_ id: Int, at now: ContinuousClock.Instant) {
    for direction in FaultyProxy.Direction.allCases {
      guard let link = links[id], !isStalled(link, direction), var pipe = link.pipes[direction]
      else { continue }
      let isReadable = read(link, direction, &pipe, id: id, now: now)
      links[id]?.pipes[direction] = pipe
      let isWritable = write(link, direction, &pipe, now: now)
      links[id]?.pipes[direction] = pipe
      if !isReadable || !isWritable || pipe.isCut { return drop(id) }
    }
    if let pipes = links[id]?.pipes, pipes.values.allSatisfy(\.isEndSent) { drop(id) }
  }

  private mutating func read(
    _ link: ProxyLoop.Link,
    _ direction: FaultyProxy.Direction,
    _ pipe: inout ProxyPipe,
    id: Int,
    now: ContinuousClock.Instant
  ) -> Bool {
    while !pipe.isEnded, pipe.waitingCount < ProxyLoop.bufferLimit, pipe.heldFrom == nil {
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      let count = recv(link.source(direction), &buffer, buffer.count, 0)
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      if count == 0 {
        pipe.isEnded = true
        return true
      }
      buffer.removeLast(buffer.count - count)
      pipe.receive(buffer, due: now + (faults[direction]?.delay ?? .zero))
      meetPoints(in: buffer, direction, &pipe, id: id)
      pipe.remember(buffer)
    }
    return true
  }

  private mutating func meetPoints(
    in bytes: [UInt8],
    _ direction: FaultyProxy.Direction,
    _ pipe: inout ProxyPipe,
    id: Int
  ) {
    for (index, point) in points.enumerated() where point.direction == direction {
      guard let place = pipe.place(of: point.marker, in: bytes) else { continue }
      points.remove(at: index)
      if !point.passes { pipe.heldFrom = max(place, pipe.sentCount) }
      links[id]?.frozen.insert(direction == .toServer ? .toClient : .toServer)
      point.point.reach(id)
      return
    }
  }

  private func write(
    _ link: ProxyLoop.Link,
    _ direction: FaultyProxy.Direction,
    _ pipe: inout ProxyPipe,
    now: ContinuousClock.Instant
  ) -> Bool {
    let target = link.target(direction)
    while let bytes = pipe.ready(at: now) {
      let count = bytes.withUnsafeBytes {
        send(target, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 { return errno == EAGAIN || errno == EINTR }
      pipe.sent(count)
    }
    if pipe.isEnded, !pipe.isEndSent, pipe.waitingCount == 0 {
      shutdown(target, Int32(SHUT_WR))
      pipe.isEndSent = true
    }
    return true
  }
}
