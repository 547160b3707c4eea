import ArtelIdentifiers
import FoundationEssentials
import Synchronization

/// Why the server ends a socket.
enum Ending: String, CaseIterable, Sendable {
  /// The client reads too slowly.
  case slow
  /// The server stops.
  case stopping
  /// The session behind it has ended.
  case signedOut = "signed_out"
  /// It has lived as long as a socket may.
  case overdue
  /// PostgreSQL was replaced, or what was missed could not be read.
  case interrupted
}

/// The way to one client; its calls never wait.
protocol Outlet: Sendable {
  /// Sends messages; false when too many wait already.
  func send(_ portion: Portion, at position: Position) -> Bool
  /// Sends one message of the protocol itself.
  func send(_ message: String, at position: Position)
  /// Shows that the connection is alive; called every second.
  func keepAlive(at instant: ContinuousClock.Instant)
  /// Returns once nothing waits to be taken, or the connection has ended.
  func drained() async
  /// Ends it behind all that was sent.
  func end(_ ending: Ending, message: String, at position: Position)
}

/// One client that is connected: what it follows and how far it was told.
final class Subscriber: Sendable {
  private struct State {
    var joinings: [String: Joining<Portion>] = [:]
    var position: Position
    /// How many messages are held until the client has caught up.
    var heldMessages = 0
    var isEnded = false

    /// Notes that the client knows everything up to a point.
    mutating func pass(_ log: String, _ point: LogPoint) {
      guard !isEnded, let mark = position[log], mark.point < point else { return }
      position[log] = Position.Mark(epoch: mark.epoch, point: point)
    }
  }

  /// The session that opened it; nil for guests.
  let sessionID: Identifier<AccountsSession>?

  /// What it follows, by log.
  let audiences: [String: [Audience]]

  /// When it has lived long enough.
  let deadline: ContinuousClock.Instant

  private let heldLimit: Int
  private let meter: SocketMeter
  private let outlet: any Outlet
  private let state: Mutex<State>

  /// - position: Where the client says that it stands, to be told to it again should the server stop at once.
  init(
    sessionID: Identifier<AccountsSession>?,
    audiences: [String: [Audience]],
    position: Position?,
    deadline: ContinuousClock.Instant,
    heldLimit: Int,
    meter: SocketMeter,
    outlet: any Outlet
  ) {
    self.sessionID = sessionID
    self.audiences = audiences
    self.deadline = deadline
    self.heldLimit = heldLimit
    self.meter = meter
    self.outlet = outlet
    state = Mutex(State(position: position ?? Position()))
  }

  /// Begins to listen to a log that was read up to a mark; the client itself stands at `point`, if it
  /// was here before.
  func join(_ log: String, at mark: Position.Mark, after point: LogPoint?) {
    state.withLock { state in
      state.joinings[log] = Joining(after: point, listeningFrom: mark.point)
      state.position[log] = Position.Mark(epoch: mark.epoch, point: point ?? mark.point)
    }
  }

  /// Sends the first message, or the one that tells to load afresh.
  func greet(hasMissed: Bool) {
    state.withLock { state in
      let message =
        hasMissed ? Message.snapshot(state.position) : Message.hello(state.position)
      outlet.send(message, at: state.position)
    }
  }

  /// The next page of a log that the client missed; nil when it follows live.
  func nextPage(of log: String) -> (after: LogPoint, through: LogPoint)? {
    state.withLock { $0.isEnded ? nil : $0.joinings[log]?.next }
  }

  /// Sends what the client missed.
  func catchUp(_ portion: Portion?, _ log: String, through point: LogPoint, isLast: Bool) {
    state.withLock { state in
      if let portion { send(portion, &state) }
      state.joinings[log]?.sent(through: point, isLast: isLast)
      state.pass(log, point)
    }
  }

  /// Sends what arrived while the client caught up with a log, and follows that live from now on.
  ///
  /// To be called once the client took what it missed: both together are more than may wait for it.
  func follow(_ log: String) {
    state.withLock { state in
      for portion in state.joinings[log]?.follow() ?? [] {
        state.heldMessages -= portion.messages.count
        send(portion, &state)
      }
    }
  }

  /// Tells the client to load afresh, as what it missed is not known any more.
  func lose(_ log: String, through end: LogPoint) {
    state.withLock { state in
      state.pass(log, end)
      if !state.isEnded { outlet.send(Message.snapshot(state.position), at: state.position) }
    }
    catchUp(nil, log, through: end, isLast: true)
  }

  /// Takes what a log grew by.
  func arrived(_ growth: Growth, in log: String) {
    guard let audiences = audiences[log] else { return }
    let portion = growth.portion(for: audiences)
    state.withLock { state in
      guard !state.isEnded else { return }
      guard let portion else {
        if state.joinings[log]?.isFollowing ?? false { state.pass(log, growth.end) }
        return
      }
      if let live = state.joinings[log]?.arrived(portion) {
        send(live, &state)
        state.pass(log, growth.end)
      } else {
        state.heldMessages += portion.messages.count
        if state.heldMessages > heldLimit { end(.slow, &state) }
      }
    }
  }

  /// Returns once the client took what was sent.
  func drained() async {
    await outlet.drained()
  }

  /// Shows the client that the server is there.
  func keepAlive(at instant: ContinuousClock.Instant) {
    outlet.keepAlive(at: instant)
  }

  /// Tells the client where to go on, and ends the connection.
  func end(_ ending: Ending) {
    state.withLock { end(ending, &$0) }
  }

  /// Notes that the client has gone: it is told nothing more, not even that.
  func leave() {
    state.withLock { $0.isEnded = true }
  }

  private func send(_ portion: Portion, _ state: inout State) {
    guard !state.isEnded, let known = state.position[portion.log]?.point else { return }
    // A client that comes from a node that had read further knows more than this one.
    guard let portion = portion.behind(known), let end = portion.end else { return }
    // What is refused was not told: the client is to ask for it again.
    guard outlet.send(portion, at: state.position) else { return self.end(.slow, &state) }
    meter.countTold(portion.messages.count)
    state.pass(portion.log, end)
  }

  private func end(_ ending: Ending, _ state: inout State) {
    guard !state.isEnded else { return }
    state.isEnded = true
    meter.count(ending)
    outlet.end(ending, message: Message.resume(state.position), at: state.position)
  }
}
