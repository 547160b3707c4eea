import Synchronization

/// Who is connected to this node, and how far each log was read.
final class Switchboard: Sendable {
  /// Why nobody more is taken in.
  enum Refusal: Error {
    /// The member, or the guests of one network, have as many sockets as allowed.
    case ownerIsFull
    /// The node has as many sockets as allowed.
    case nodeIsFull
    /// A log was not read yet.
    case notReady
    /// The server stops.
    case stopping
  }

  private struct State {
    var marks: [String: Position.Mark] = [:]
    var subscribers: [ObjectIdentifier: Subscriber] = [:]
    var socketCounts: [String: Int] = [:]
    var socketCount = 0
  }

  /// A place among the sockets of its owner and of the node, given back when it is released.
  final class Place: Sendable {
    private let owner: String
    private let switchboard: Switchboard

    fileprivate init(_ owner: String, _ switchboard: Switchboard) {
      self.owner = owner
      self.switchboard = switchboard
    }

    deinit {
      switchboard.leave(owner)
    }
  }

  private let settings: RealtimeSettings
  private let state = Mutex(State())

  init(settings: RealtimeSettings) {
    self.settings = settings
  }

  /// How many sockets are open or opening.
  var socketCount: Int { state.withLock { $0.socketCount } }

  /// Those who are connected.
  var subscribers: [Subscriber] { state.withLock { Array($0.subscribers.values) } }

  /// A place for a socket of a member, or of the network of a guest.
  ///
  /// - Throws: ``Refusal``.
  func enter(_ owner: String) throws -> Place {
    try state.withLock { state in
      guard state.socketCount < settings.socketsPerNode else { throw Refusal.nodeIsFull }
      guard state.socketCounts[owner, default: 0] < settings.socketsPerOwner else {
        throw Refusal.ownerIsFull
      }
      state.socketCount += 1
      state.socketCounts[owner, default: 0] += 1
    }
    return Place(owner, self)
  }

  private func leave(_ owner: String) {
    state.withLock { state in
      state.socketCount -= 1
      let count = state.socketCounts[owner, default: 1] - 1
      state.socketCounts[owner] = count == 0 ? nil : count
    }
  }

  /// Whether each of some logs was read, so that clients can begin there.
  func isReady(_ logs: some Sequence<String>) -> Bool {
    state.withLock { state in logs.allSatisfy { state.marks[$0] != nil } }
  }

  /// Notes that a log is read from here on; whoever stood in another epoch of it begins anew.
  func opened(_ log: String, at mark: Position.Mark) {
    let strangers = state.withLock { state in
      let previous = state.marks.updateValue(mark, forKey: log)
      guard let previous, previous.epoch != mark.epoch else { return [Subscriber]() }
      return state.subscribers.values.filter { $0.audiences[log] != nil }
    }
    for subscriber in strangers { subscriber.end(.interrupted) }
  }

  /// The epoch of a log.
  func epoch(of log: String) -> String? {
    state.withLock { $0.marks[log]?.epoch }
  }

  /// Connects a client: it is greeted, and told what comes from now on.
  ///
  /// `position` is where the client stands, nil when it begins; one that is not understood means that it
  /// has to load afresh.
  ///
  /// - Throws: ``Refusal/notReady``.
  func connect(_ subscriber: Subscriber, after position: Position?) throws {
    try state.withLock { state in
      var hasMissed = false
      for log in subscriber.audiences.keys {
        guard let mark = state.marks[log] else { throw Refusal.notReady }
        let known = position?[log]
        let isValid = known.map { $0.epoch == mark.epoch } ?? false
        hasMissed = hasMissed || (position != nil && !isValid)
        subscriber.join(log, at: mark, after: isValid ? known?.point : nil)
      }
      subscriber.greet(hasMissed: hasMissed)
      state.subscribers[ObjectIdentifier(subscriber)] = subscriber
    }
  }

  /// Forgets a client.
  func disconnect(_ subscriber: Subscriber) {
    state.withLock { _ = $0.subscribers.removeValue(forKey: ObjectIdentifier(subscriber)) }
  }

  /// Tells everybody what a log grew by; called in order for one log.
  func deliver(_ growth: Growth, in log: String) {
    let subscribers = state.withLock { state in
      if let mark = state.marks[log] {
        state.marks[log] = Position.Mark(epoch: mark.epoch, point: growth.end)
      }
      return Array(state.subscribers.values)
    }
    for subscriber in subscribers { subscriber.arrived(growth, in: log) }
  }
}
