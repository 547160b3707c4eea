import ArtelEvents
import ArtelMigrations
import ArtelPostgres
import ArtelTesting
import Synchronization
import Testing

@Suite("Several relays")
struct RelaysTests {
  // Small batches, so that the nodes get in each other's way. Fails without both the inbox and the look
  // at the position under the lock, each of which is enough: seen other letters than were sent.
  @Test func `two nodes let each event take effect once and in order`() async throws {
    let office = try await PostOffice.make()
    var options = EventRelay.Options()
    options.batch = 7

    try await whileRunning(
      office.relay(office.reader(), options: options),
      office.relay(office.reader(), options: options)
    ) {
      for start in stride(from: 0, to: 300, by: 5) {
        try await office.source.database.transaction { tx in
          for number in start..<start + 5 {
            try await tx.publish(
              LetterSent(to: number.isMultiple(of: 2) ? "ada" : "grace", number: number)
            )
          }
        }
      }
      try await eventually("all letters arrive") { try await office.letters().count >= 300 }
    }

    #expect(try await office.letters(to: "ada") == stride(from: 0, to: 300, by: 2).map { $0 })
    #expect(try await office.letters(to: "grace") == stride(from: 1, to: 300, by: 2).map { $0 })
  }

  // Fails without the lock: the other node waits for the inbox of the first, whose handler is cut off
  // after its time; seen no letter.
  @Test func `while one node delivers another passes by`() async throws {
    let office = try await PostOffice.make()
    let other = office.relay(office.reader())
    var options = EventRelay.Options()
    options.handlerTimeLimit = .seconds(5)
    let slow = EventConsumer("reader", in: office.target.database)
      .on(LetterSent.self) { letter, tx async throws in
        try await other.deliver()
        _ = try await tx.write(
          "insert into letters (recipient, number) values ('', \(letter.number))"
        )
      }
    try await other.deliver()
    try await office.send(LetterSent(to: "ada", number: 1))

    try await office.relay(slow, options: options).deliver()

    #expect(try await office.letters() == [1])
  }

  // Fails without the horizon: letters are skipped, as numbers are not in the order of commits.
  @Test func `of many writers at a time nothing is skipped`() async throws {
    let office = try await PostOffice.make()

    try await whileRunning(office.relay(office.reader())) {
      try await withThrowingTaskGroup { group in
        for writer in 0..<4 {
          group.addTask {
            for number in 0..<100 {
              try await office.send(LetterSent(to: "\(writer)", number: number))
            }
          }
        }
        try await group.waitForAll()
      }
      try await eventually("all letters arrive") { try await office.letters().count == 400 }
    }

    for writer in 0..<4 {
      #expect(try await office.letters(to: "\(writer)") == Array(0..<100))
    }
  }

  // Fails when the position is stored before the batch: seen no letter at the end.
  @Test func `a batch that is cut off is delivered anew`() async throws {
    let office = try await PostOffice.make()
    try await office.send(LetterSent(to: "ada", number: 1), LetterSent(to: "ada", number: 2))

    for step in [EventRelay.Step.entriesRead, .batchBegun, .eventHandled] {
      let relay = office.relay(office.reader()) { reached in
        // What a node does that dies: its transaction never commits.
        if reached == step { withUnsafeCurrentTask { $0?.cancel() } }
      }
      await #expect(throws: CancellationError.self) {
        try await Task { try await relay.deliver() }.value
      }
      #expect(try await office.letters() == [])
    }
    try await office.relay(office.reader()).deliver()

    #expect(try await office.letters() == [1, 2])
  }
}

@Suite("Events and PostgreSQL that dies")
struct MortalEventsTests {
  // Fails with the position stored after the batch and no inbox: letters come twice.
  @Test func `nothing is lost and nothing comes twice`() async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    let running = Task { await relay(db).run() }
    var sent = 0

    for death in MortalPostgres.Death.allCases {
      for _ in 0..<40 {
        sent += 1
        let number = sent
        try await db.transaction { tx in try await tx.publish(LetterSent(to: "ada", number: number))
        }
      }
      try await postgres.die(death)
      try await postgres.revive()
    }
    #expect(try await letters(db, once: sent) == Array(1...sent))
    running.cancel()
    await running.value
    await db.close()
  }

  // Fails with the position stored before the batch, in a transaction of its own: letters are lost in
  // three of the five cases.
  @Test(arguments: EventRelay.Step.allCases)
  func `nothing is lost and nothing comes twice when PostgreSQL dies at a step of delivering`(
    _ fatal: EventRelay.Step
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    for number in 1...12 {
      try await db.transaction { tx in try await tx.publish(LetterSent(to: "ada", number: number)) }
    }
    let times = Mutex(0)
    let relay = relay(db) { step in
      guard step == fatal,
        times.withLock({
          $0 += 1
          return $0 == 2
        })
      else { return }
      postgres.strike()
    }
    let running = Task { await relay.run() }

    try await postgres.reviveStruck()

    #expect(try await letters(db, once: 12) == Array(1...12))
    running.cancel()
    await running.value
    await db.close()
  }

  enum PublishingStep: CaseIterable {
    case begun, published, committed
  }

  // Fails with the event published in a transaction of its own: a letter comes, its draft does not.
  @Test(arguments: PublishingStep.allCases)
  func `an event is told exactly if what it tells of is there, wherever PostgreSQL dies`(
    _ fatal: PublishingStep
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    _ = try await db.write("create table drafts (number bigint not null)")
    @Sendable func strike(at step: PublishingStep) {
      if step == fatal { postgres.strike() }
    }

    try? await db.transaction { tx in
      _ = try await tx.write("insert into drafts values (1)")
      strike(at: .begun)
      try await tx.publish(LetterSent(to: "ada", number: 1))
      strike(at: .published)
    }
    strike(at: .committed)
    try await postgres.reviveStruck()
    let running = Task { await relay(db).run() }
    let stored = fatal == .committed ? 1 : 0

    try await db.transaction { tx in try await tx.publish(LetterSent(to: "ada", number: 2)) }
    #expect(try await letters(db, once: stored + 1) == (stored == 1 ? [1, 2] : [2]))
    #expect(try await db.read("select from drafts").count == stored)
    running.cancel()
    await running.value
    await db.close()
  }

  private func relay(
    _ db: Database,
    reached: @escaping @Sendable (EventRelay.Step) -> Void = { _ in }
  ) -> EventRelay {
    let consumer = EventConsumer("reader", in: db).on(LetterSent.self) { letter, tx in
      _ = try await tx.write(
        "insert into letters (recipient, number) values (\(letter.to), \(letter.number))"
      )
    }
    var options = EventRelay.Options()
    options.batch = 5
    options.poll = .milliseconds(50)
    return EventRelay(
      logs: [EventLog("post", in: db)],
      consumers: [consumer],
      options: options,
      logger: quiet,
      reached: reached
    )
  }

  /// The letters in the order in which they came, once so many are there.
  private func letters(_ db: Database, once count: Int) async throws -> [Int] {
    var numbers: [Int] = []
    try await eventually("all letters arrive") {
      let rows = try? await db.read("select number from letters order by place")
      numbers = try rows?.map { try $0.decode(Int.self, at: 0) } ?? []
      return numbers.count >= count
    }
    return numbers
  }

  private func prepare(_ db: Database) async throws {
    try await Migrator(context: "post", series: PostOffice.series(), database: db, logger: quiet)
      .apply()
    _ = try await db.write(
      """
      create table letters (
        place bigint generated always as identity, recipient text not null, number bigint not null)
      """
    )
  }
}
