import ArtelTelemetry
import Synchronization
import Testing

@testable import ArtelRealtime

/// Takes as many messages as an outlet may hold, and no more until somebody reads them.
private final class NarrowOutlet: Outlet {
  private struct State {
    var waiting = 0
    var told: [Int] = []
    var endings: [Ending] = []
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) {
    self.limit = limit
  }

  /// What was told, by the number of its transaction.
  var told: [Int] { state.withLock { $0.told } }
  var endings: [Ending] { state.withLock { $0.endings } }

  func read() {
    state.withLock { $0.waiting = 0 }
  }

  func send(_ portion: Portion, at position: Position) -> Bool {
    state.withLock { state in
      guard state.waiting < limit else { return false }
      state.waiting += portion.messages.count
      state.told += portion.messages.map(\.point.xid)
      return true
    }
  }

  func send(_ message: String, at position: Position) {}
  func keepAlive(at instant: ContinuousClock.Instant) {}
  func drained() async { read() }

  func end(_ ending: Ending, message: String, at position: Position) {
    state.withLock { $0.endings.append(ending) }
  }
}

@Suite("A client that is told of updates")
struct SubscriberTests {
  private static let limit = 10
  private let outlet = NarrowOutlet(limit: limit)
  private let subscriber: Subscriber

  /// Stands before transaction 1 of a log that was read up to transaction 20.
  init() {
    subscriber = Subscriber(
      sessionID: nil,
      audiences: ["gallery": [.topic("feed")]],
      position: nil,
      deadline: .now + .seconds(3600),
      heldLimit: Self.limit,
      meter: SocketMeter(in: MetricRegistry()),
      outlet: outlet
    )
    subscriber.join(
      "gallery",
      at: Position.Mark(epoch: "e", point: LogPoint(xid: 20, id: 0)),
      after: LogPoint(xid: 0, id: 0)
    )
  }

  private func growth(_ numbers: ClosedRange<Int>) -> Growth {
    let entries = numbers.map { number in
      LogEntry(
        point: LogPoint(xid: number, id: 0),
        update: LiveUpdate(for: .topic("feed"), "post.created") { $0.field("id", number) }
      )
    }
    let end = LogPoint(xid: numbers.upperBound, id: 0)
    return Growth(
      UpdateLog.Page(entries: entries, isLast: true, point: end),
      of: "gallery",
      epoch: "e"
    )
  }

  private func catchUp(_ numbers: ClosedRange<Int>) {
    subscriber.catchUp(
      growth(numbers).portion(for: [.topic("feed")]),
      "gallery",
      through: LogPoint(xid: numbers.upperBound, id: 0),
      isLast: numbers.upperBound == 20
    )
  }

  @Test func `is not too slow because much was missed and something came meanwhile`() async {
    subscriber.arrived(growth(21...22), in: "gallery")
    catchUp(1...20)
    subscriber.arrived(growth(23...23), in: "gallery")

    await subscriber.drained()
    subscriber.follow("gallery")
    subscriber.arrived(growth(24...24), in: "gallery")

    #expect(outlet.endings.isEmpty)
    #expect(outlet.told == Array(1...24))
  }

  @Test func `is too slow when it does not read what comes live`() {
    catchUp(1...20)
    subscriber.follow("gallery")

    subscriber.arrived(growth(21...21), in: "gallery")

    #expect(outlet.endings == [.slow])
  }

  @Test func `is read nothing for once it has gone`() {
    #expect(subscriber.nextPage(of: "gallery") != nil)

    subscriber.leave()

    #expect(subscriber.nextPage(of: "gallery") == nil)
    subscriber.arrived(growth(21...21), in: "gallery")
    #expect(outlet.told.isEmpty && outlet.endings.isEmpty)
  }
}
