import ArtelPostgres
import ArtelTesting
import Synchronization
import Testing

@testable import ArtelEvents

@Suite("Events that fail")
struct FailureTests {
  struct Torn: Error {}

  /// Letters that cannot be taken for now.
  final class Trouble: Sendable {
    private let numbers: Mutex<Set<Int>>

    init(_ numbers: Int...) {
      self.numbers = Mutex(Set(numbers))
    }

    func check(_ letter: LetterSent) throws {
      if numbers.withLock({ $0.contains(letter.number) }) { throw Torn() }
    }

    func end() {
      numbers.withLock { $0 = [] }
    }
  }

  // Fails without queueing: what comes later passes the letter that failed.
  @Test func `what follows in its aggregate waits for it, others go on`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(2)
    let relay = office.relay(office.reader { try trouble.check($0) })
    try await office.send(
      LetterSent(to: "ada", number: 1),
      LetterSent(to: "ada", number: 2),
      LetterSent(to: "ada", number: 3),
      LetterSent(to: "grace", number: 4)
    )

    try await relay.deliver()
    try await office.send(LetterSent(to: "ada", number: 5))
    try await relay.deliver()

    #expect(try await office.letters() == [1, 4])
    #expect(try await office.states() == ["2 waiting", "3 queued", "5 queued"])
  }

  // Batches of two: what is left behind them has to be promoted. Fails without that: seen [1, 2].
  @Test func `it is tried again later, and what waited comes in order`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    var options = EventRelay.Options()
    options.batch = 2
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    try await office.send(
      LetterSent(to: "ada", number: 1),
      LetterSent(to: "ada", number: 2),
      LetterSent(to: "ada", number: 3)
    )
    try await relay.deliver()

    trouble.end()
    try await relay.deliver()
    #expect(try await office.letters() == [])
    office.clock.advance(by: .seconds(2))
    try await relay.deliver()

    #expect(try await office.letters() == [1, 2, 3])
    #expect(try await office.states() == [])
  }

  @Test func `after its last attempt it is parked with the reason`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    var options = EventRelay.Options()
    options.retries.attempts = 3
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "grace", number: 2))

    for _ in 0..<5 {
      try await relay.deliver()
      office.clock.advance(by: .seconds(600))
    }

    let parked = try #require(try await office.overview.deferredEvents().first)
    #expect(parked.state == "parked")
    #expect(parked.attempts == 3)
    #expect(parked.reason?.contains("Torn") == true)
    #expect(try await office.letters() == [2])
  }

  @Test func `an operator retries what is parked`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    var options = EventRelay.Options()
    options.retries.attempts = 1
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "ada", number: 2))
    try await relay.deliver()
    trouble.end()

    #expect(try await office.overview.retry(nil, at: office.clock.now) == 1)
    try await relay.deliver()

    #expect(try await office.letters() == [1, 2])
  }

  // Fails without promoting what comes next: seen no letter.
  @Test func `an operator skips what is parked, and what waited behind it comes`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    var options = EventRelay.Options()
    options.retries.attempts = 1
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "ada", number: 2))
    try await relay.deliver()
    let parked = try #require(try await office.overview.deferredEvents().first)

    #expect(try await office.overview.skip(parked.id, for: nil, at: office.clock.now) == 1)
    try await relay.deliver()

    #expect(try await office.letters() == [2])
    #expect(try await office.states() == [])
  }

  // Fails without holding the subscription: skipped at once, and 2 stays queued for ever.
  @Test func `an event that a delivery queues meanwhile comes after the skipped one`() async throws
  {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    var options = EventRelay.Options()
    options.retries.attempts = 1
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    try await office.send(LetterSent(to: "ada", number: 1))
    try await relay.deliver()
    let parked = try #require(try await office.overview.deferredEvents().first)
    try await office.send(LetterSent(to: "ada", number: 2))
    var entries: [EventEntry] = []
    try await eventually("the next one can be read") {
      entries = try await office.log.entries(after: .beginning, limit: 2).entries
      return entries.count == 2
    }
    let next = entries[1]
    let inbox = EventInbox(consumer: "reader", source: "post", db: office.target.database)

    let skipping = try await office.target.database.transaction { delivery in
      _ = try await inbox.take(at: office.clock.now, in: delivery)
      _ = try await inbox.receive([next.id], in: delivery)
      try await inbox.put(aside: next, as: .behind, at: office.clock.now, in: delivery)
      try await inbox.advance(to: next.position, in: delivery)
      let skipping = Task {
        try await office.overview.skip(parked.id, for: nil, at: office.clock.now)
      }
      try await eventually("the delivery is waited for, or it is skipped") {
        let waits = try await office.target.read(
          "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
        )
        let deferred = try await office.overview.deferredEvents()
        return !waits.isEmpty || deferred.isEmpty
      }
      return skipping
    }
    #expect(try await skipping.value == 1)
    try await relay.deliver()

    #expect(try await office.letters() == [2])
    #expect(try await office.states() == [])
  }

  @Test func `an operator need not wait for the rest of the pause`() async throws {
    let office = try await PostOffice.make()
    let trouble = Trouble(1)
    let relay = office.relay(office.reader { try trouble.check($0) })
    try await office.send(LetterSent(to: "ada", number: 1))
    try await relay.deliver()
    let waiting = try #require(try await office.overview.deferredEvents().first)
    trouble.end()
    try await relay.deliver()
    #expect(try await office.letters() == [])

    #expect(try await office.overview.retry(waiting.id, at: office.clock.now) == 1)
    try await relay.deliver()

    #expect(try await office.letters() == [1])
  }

  @Test func `what is parked is listed before what queues behind it`() async throws {
    let office = try await PostOffice.make()
    var options = EventRelay.Options()
    options.retries.attempts = 1
    let trouble = Trouble(4)
    let relay = office.relay(office.reader { try trouble.check($0) }, options: options)
    let late = Trouble(1)
    let other = office.relay(office.reader("earlier") { try late.check($0) })
    try await office.send(
      LetterSent(to: "ada", number: 1),
      LetterSent(to: "ada", number: 2),
      LetterSent(to: "grace", number: 4)
    )
    try await other.deliver()
    try await relay.deliver()

    let states = try await office.overview.deferredEvents(limit: 2).map(\.state)

    #expect(states == ["parked", "waiting"])
  }

  // Fails when it counts as a failure like others: seen it waiting after one attempt.
  @Test(arguments: [
    "update events.outbox_entries set version = 2",
    "update events.outbox_entries set payload = '{}'",
    "update events.outbox_entries set payload = '[1]'",
  ])
  func `what cannot be read is parked at once and kept`(change: String) async throws {
    let office = try await PostOffice.make()
    try await office.send(LetterSent(to: "ada", number: 1))
    try await office.source.write(SQL(raw: change))
    try await office.send(LetterSent(to: "grace", number: 2))

    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [2])
    let parked = try await office.overview.deferredEvents()
    #expect(parked.map(\.state) == ["parked"])
    #expect(parked.map(\.attempts) == [0])
  }

  // Fails without a savepoint: SQLSTATE 25P02, nothing of the batch is stored.
  @Test func `a statement that the server refuses takes nothing else along`() async throws {
    let office = try await PostOffice.make()
    try await office.target.write("alter table letters add constraint letters_key unique (number)")
    try await office.send(
      LetterSent(to: "grace", number: 1),
      LetterSent(to: "ada", number: 1),
      LetterSent(to: "grace", number: 2)
    )

    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters(to: "grace") == [1, 2])
    #expect(try await office.states() == ["1 waiting"])
  }

  enum Hang: CaseIterable {
    case inSwift
    case inPostgreSQL
  }

  // Fails without the time limit: seen not one letter within 30 s.
  @Test(arguments: Hang.allCases)
  func `a handler that hangs is cut off and put aside, others go on`(hang: Hang) async throws {
    let office = try await PostOffice.make()
    var options = EventRelay.Options()
    options.handlerTimeLimit = .milliseconds(500)
    let reader = EventConsumer("reader", in: office.target.database)
      .on(LetterSent.self) { letter, tx async throws in
        switch hang {
        case _ where letter.number == 2: break
        case .inSwift: try await Task.sleep(for: .seconds(3600))
        case .inPostgreSQL: _ = try await tx.write("select pg_sleep(3600)")
        }
        _ = try await tx.write("insert into letters (recipient, number) values ('', 2)")
      }
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "grace", number: 2))

    try await whileRunning(office.relay(reader, options: options)) {
      try await eventually("the other letter arrives") {
        // On a slow machine it may be cut off, too, and then it comes later.
        office.clock.advance(by: .milliseconds(10))
        return try await office.letters() == [2]
      }
    }

    let deferred = try #require(try await office.overview.deferredEvents().first)
    #expect(deferred.aggregate == "ada")
    #expect(deferred.reason?.contains("the handler took longer than") == true)
  }

  // Fails when every cancellation is taken for the relay's own: seen no letter.
  @Test func `a handler that says it was cancelled fails like others`() async throws {
    let office = try await PostOffice.make()
    let reader = office.reader { letter in if letter.number == 1 { throw CancellationError() } }
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "grace", number: 2))

    try await whileRunning(office.relay(reader)) {
      try await eventually("the other letter arrives") { try await office.letters() == [2] }
    }

    #expect(try await office.states() == ["1 waiting"])
  }

  @Test func `pauses double up to the longest`() {
    let retries = EventRetries()

    #expect(
      [1, 2, 3, 10, 11, 60].map { retries.pause(after: $0) } == [
        .seconds(1), .seconds(2), .seconds(4), .seconds(512), .seconds(600), .seconds(600),
      ]
    )
  }
}
