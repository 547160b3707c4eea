import ArtelEvents
import ArtelPostgres
import ArtelTesting
import Testing

@Suite("Signals of events", .timeLimit(.minutes(10)))
struct SignalTests {
  // Fails without the pause behind each NOTIFY: as many come as the server takes in that time.
  @Test func `a burst of commits makes at most one NOTIFY in 10 ms`() async throws {
    let office = try await PostOffice.make()
    let elsewhere = TestCluster.open(office.source.configuration)
    let signals = elsewhere.listen(to: ["artel_signals"])
    var heard = signals.makeAsyncIterator()
    #expect(await heard.next() == .gap)
    let begin = ContinuousClock.now

    try await withThrowingTaskGroup { group in
      for number in 1...100 {
        group.addTask { try await office.send(LetterSent(to: "ada", number: number)) }
      }
      try await group.waitForAll()
    }
    // Topics that go out together are in the order of their names, so this is heard last.
    office.source.database.signal("the end")
    var count = 0
    while case .notification(_, let message, _)? = await heard.next() {
      if message.hasSuffix(" the end") { break }
      count += 1
    }
    let elapsed = ContinuousClock.now - begin
    let most = Int(elapsed / .milliseconds(10)) + 2

    #expect((1...most).contains(count))
    await elsewhere.close()
  }

  // Fails without the look by itself: letter 2 does not arrive, as nobody tells of it.
  @Test func `an event whose NOTIFY does not come is found at the next look`() async throws {
    let office = try await PostOffice.make()
    var configuration = office.source.configuration
    configuration.leases = 1
    let elsewhere = TestCluster.open(configuration)
    var options = EventRelay.Options()
    options.poll = .milliseconds(50)

    try await whileRunning(office.relay(office.reader(), options: options)) {
      // Its first look is over and it listens, when a letter of this node has arrived.
      try await office.send(LetterSent(to: "ada", number: 1))
      try await eventually("the letter arrives") { try await office.letters() == [1] }
      try await office.waitUntilListening()

      try await elsewhere.withLease { lease async throws in
        try await lease.transaction { tx in
          try await tx.publish(LetterSent(to: "ada", number: 2))
        }
        // The NOTIFY needs a connection, and the only one is held here.
        try await eventually("the other letter arrives") { try await office.letters() == [1, 2] }
      }
    }
    await elsewhere.close()
  }
}
