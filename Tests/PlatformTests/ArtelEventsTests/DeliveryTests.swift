import ArtelEvents
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Delivering events")
struct DeliveryTests {
  @Test func `an event takes effect in another context once its transaction commits`() async throws
  {
    let office = try await PostOffice.make()

    try await office.send(LetterSent(to: "ada", number: 1))
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [1])
  }

  @Test func `nothing is told of a transaction that rolls back`() async throws {
    let office = try await PostOffice.make()
    struct Changed: Error {}

    await #expect(throws: Changed.self) {
      try await office.source.database.transaction { tx in
        try await tx.publish(LetterSent(to: "ada", number: 1))
        throw Changed()
      }
    }
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [])
  }

  @Test func `a running relay is woken by the commit, without waiting for its next look`()
    async throws
  {
    let office = try await PostOffice.make()
    var options = EventRelay.Options()
    options.poll = .seconds(3600)

    try await whileRunning(office.relay(office.reader(), options: options)) {
      try await office.send(LetterSent(to: "ada", number: 1))
      try await eventually("the letter arrives") { try await office.letters() == [1] }
    }
  }

  // It would look by itself in an hour. Fails without NOTIFY: seen not the other within 30 s.
  @Test func `another node is woken by NOTIFY`() async throws {
    let office = try await PostOffice.make()
    let elsewhere = TestCluster.open(office.source.configuration)
    var options = EventRelay.Options()
    options.poll = .seconds(3600)

    try await whileRunning(office.relay(office.reader(), options: options)) {
      // Its first look is over and it listens, when a letter of this node has arrived.
      try await office.send(LetterSent(to: "ada", number: 1))
      try await eventually("the letter arrives") { try await office.letters() == [1] }
      try await office.waitUntilListening()

      try await elsewhere.transaction { tx in
        try await tx.publish(LetterSent(to: "ada", number: 2))
      }
      try await eventually("the other letter arrives") { try await office.letters() == [1, 2] }
    }
    await elsewhere.close()
  }

  // Fails with NOTIFY in the transaction: seen 4 statements, one of them pg_notify.
  @Test func `publishing costs one insert and no NOTIFY in the transaction`() async throws {
    let office = try await PostOffice.make()

    let (_, statements) = try await StatementLog.recording {
      try await office.source.database.transaction { tx in
        try await tx.publish(LetterSent(to: "ada", number: 1))
      }
    }

    #expect(
      statements.map { String($0.text.prefix(33)) } == [
        "begin isolation level read commit", "insert into events.outbox_entries", "commit",
      ]
    )
    #expect(!statements.contains { $0.text.contains("notify") })
  }

  // Fails without the horizon (`id > last`): the first letter is never read.
  @Test func `a transaction that took its id first and commits last is not skipped`() async throws {
    let office = try await PostOffice.make()
    try await whileRunning(office.relay(office.reader())) {
      try await office.source.database.transaction { early in
        try await early.publish(LetterSent(to: "ada", number: 1))
        try await office.send(LetterSent(to: "grace", number: 2))
        let stretch = try await office.log.entries(after: .beginning, limit: 10)
        #expect(stretch.entries.isEmpty)
        #expect(stretch.isUnsettled)
      }
      try await eventually("both letters arrive") { try await office.letters().count == 2 }
    }
    #expect(try await office.letters() == [1, 2])
  }

  // Fails with the writing transaction alone for an order: the second letter arrives first.
  @Test
  func `of one aggregate what is published later arrives later, whoever began to write first`()
    async throws
  {
    let office = try await PostOffice.make()

    try await office.source.database.transaction { early in
      _ = try await early.write("select pg_current_xact_id()")
      try await office.send(LetterSent(to: "ada", number: 1))
      try await early.publish(LetterSent(to: "ada", number: 2))
    }
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [1, 2])
  }

  @Test func `events of one transaction arrive in the order in which they were published`()
    async throws
  {
    let office = try await PostOffice.make()

    try await office.source.database.transaction { tx in
      try await tx.publish(contentsOf: (1...250).map { LetterSent(to: "ada", number: $0) })
    }
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == Array(1...250))
  }

  @Test func `each consumer receives every event`() async throws {
    let office = try await PostOffice.make()

    try await office.send(LetterSent(to: "ada", number: 1))
    try await office.relay(office.reader("first"), office.reader("second")).deliver()

    #expect(try await office.letters() == [1, 1])
  }

  // Fails without the inbox: the letter is there twice.
  @Test func `an event that is delivered twice takes effect once`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    try await office.send(LetterSent(to: "ada", number: 1))
    try await relay.deliver()

    try await office.target.write("update events.subscriptions set xid = 0, epoch = 0")
    try await relay.deliver()

    #expect(try await office.letters() == [1])
  }

  @Test func `events that the consumer does not know are passed over`() async throws {
    let office = try await PostOffice.make()

    try await office.source.database.transaction { tx in
      try await tx.publish(StampSold(price: 3))
      try await tx.publish(LetterSent(to: "ada", number: 1))
    }
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [1])
    #expect(try await office.target.read("select from events.inbox_entries").count == 1)
  }

  // Fails without a new epoch: the second letter stands before what was read and never comes.
  @Test func `events go on after the database has come to a younger cluster`() async throws {
    let office = try await PostOffice.make()
    let relay = office.relay(office.reader())
    try await office.send(LetterSent(to: "ada", number: 1))
    try await relay.deliver()
    // As if the cluster of the first letter had counted further than this one ever will.
    try await office.source.write("update events.log_epochs set system_identifier = 1")
    try await office.source.write("update events.outbox_entries set xid = xid + 1000000000000")
    try await office.target.write("update events.subscriptions set xid = xid + 1000000000000")

    try await EventLog.settle(in: office.source.database)
    try await EventLog.settle(in: office.source.database)
    try await office.send(LetterSent(to: "ada", number: 2))
    try await relay.deliver()

    #expect(try await office.letters() == [1, 2])
    #expect(try await office.source.read("select from events.log_epochs").count == 2)
  }
}
