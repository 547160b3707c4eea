import ArtelConcurrency
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
    options.handlerTimeLimit = .seconds(30)
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
  private struct Torn: Error {}

  // Fails with the position stored after the batch and no inbox: letters come twice.
  @Test func `nothing is lost and nothing comes twice`() async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    let running = Task { await relay(db).run() }
    var sent = 0

    for death in MortalPostgres.Death.allCases {
      try await send(sent + 1...sent + 40, in: db)
      sent += 40
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
    try await send(1...12, in: db)
    let relay = relay(db, reached: striking(postgres, at: fatal, time: 2))
    let running = Task { await relay.run() }

    try await postgres.reviveStruck()

    #expect(try await letters(db, once: 12) == Array(1...12))
    running.cancel()
    await running.value
    await db.close()
  }

  // Fails with the event forgotten on a connection of its own before its effect is committed: letter 1
  // is lost at the second and the third step. Fails when trying again does not tell of its commit: the
  // fourth step is never reached.
  @Test(arguments: [EventRelay.Step.batchBegun, .eventHandled, .batchComplete, .batchCommitted])
  func `an event that failed comes once and in order when PostgreSQL dies as it is tried again`(
    _ fatal: EventRelay.Step
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    try await send(1...12, in: db, to: adaOrGrace)
    let clock = TestClock()
    try await relay(
      db,
      clock: clock.wallClock,
      before: { letter in if letter.number == 1 { throw Torn() } }
    ).deliver()
    #expect(try await letters(db, once: 4) == [3, 6, 9, 12])

    // Nothing is left to be delivered but what was put aside: every step is one of trying again.
    clock.advance(by: .seconds(2))
    let strike = striking(postgres, at: fatal, time: 1)
    let running = Task { await relay(db, clock: clock.wallClock, reached: strike).run() }
    try await postgres.reviveStruck()

    #expect(try await letters(db, once: 12) == [3, 6, 9, 12, 1, 2, 4, 5, 7, 8, 10, 11])
    #expect(try await db.read("select from events.deferred_events").isEmpty)
    running.cancel()
    await running.value
    await db.close()
  }

  // Each batch with letter 1 is delivered twice: as a whole, which fails at once, and then with each
  // event on its own. Fails with the position stored before that, in a transaction of its own: letters
  // are lost in the first three cases.
  @Test(
    arguments: [(.batchBegun, 2), (.eventHandled, 3), (.batchComplete, 1), (.batchCommitted, 1)]
      as [(EventRelay.Step, Int)]
  )
  func `the neighbors of an event that fails come once when PostgreSQL dies as it is put aside`(
    _ fatal: EventRelay.Step,
    _ time: Int
  ) async throws {
    let postgres = try await MortalPostgres.start()
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    try await send(1...12, in: db, to: adaOrGrace)
    let clock = TestClock()
    let trouble = FailureTests.Trouble(1)
    let relay = relay(
      db,
      clock: clock.wallClock,
      before: { letter in try trouble.check(letter) },
      reached: striking(postgres, at: fatal, time: time)
    )
    let running = Task { await relay.run() }
    try await postgres.reviveStruck()

    #expect(try await letters(db, once: 4) == [3, 6, 9, 12])
    trouble.end()
    clock.advance(by: .seconds(2))
    #expect(try await letters(db, once: 12) == [3, 6, 9, 12, 1, 2, 4, 5, 7, 8, 10, 11])
    #expect(try await db.read("select from events.deferred_events").isEmpty)
    running.cancel()
    await running.value
    await db.close()
  }

  // Fails when following begins anew after a failure: letters 4 to 9 are never told.
  @Test func `a follower misses nothing that is published before it can read again`()
    async throws
  {
    let postgres = try await MortalPostgres.start()
    let proxy = try FaultyProxy(inFrontOf: postgres.configuration)
    let db = TestCluster.open(postgres.configuration)
    try await prepare(db)
    var configuration = proxy.configuration(postgres.configuration)
    configuration.acquireTimeout = .milliseconds(500)
    let distant = TestCluster.open(configuration)
    let recorder = LogRecorder()
    let diary = FollowingTests.Diary()
    let following = Task {
      await EventLog("post", in: distant).follow(
        [LetterSent.name],
        atLeastEvery: .milliseconds(50),
        logger: recorder.logger
      ) {
        diary.begin()
      } _: { entry in
        diary.note(entry)
      }
    }
    try await eventually("it has begun") { diary.hasBegun }
    try await send(1...3, in: db)
    try await eventually("it knows three") { diary.letters == [1, 2, 3] }

    try await postgres.die(.killed)
    try await eventually("it has noticed") {
      recorder.messages.contains("Events cannot be followed")
    }
    // What comes now is there before it can read again.
    proxy.refuseConnections()
    try await postgres.revive()
    try await send(4...9, in: db)
    proxy.mend()

    try await eventually("it knows all") { diary.letters.count >= 9 }
    #expect(diary.letters == Array(1...9))
    following.cancel()
    await following.value
    await distant.close()
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

  /// Every third letter is for grace, the others are for ada.
  private func adaOrGrace(_ number: Int) -> String {
    number.isMultiple(of: 3) ? "grace" : "ada"
  }

  private func send(
    _ numbers: ClosedRange<Int>,
    in db: Database,
    to recipient: (Int) -> String = { _ in "ada" }
  ) async throws {
    for number in numbers {
      let letter = LetterSent(to: recipient(number), number: number)
      try await db.transaction { tx in try await tx.publish(letter) }
    }
  }

  /// Strikes when a step is reached so many times.
  private func striking(
    _ postgres: MortalPostgres,
    at fatal: EventRelay.Step,
    time: Int
  ) -> @Sendable (EventRelay.Step) -> Void {
    let times = Mutex(0)
    return { step in
      guard step == fatal else { return }
      let isTime = times.withLock { count in
        count += 1
        return count == time
      }
      if isTime { postgres.strike() }
    }
  }

  private func relay(
    _ db: Database,
    clock: WallClock = .system,
    before: @escaping @Sendable (LetterSent) throws -> Void = { _ in },
    reached: @escaping @Sendable (EventRelay.Step) -> Void = { _ in }
  ) -> EventRelay {
    let consumer = EventConsumer("reader", in: db).on(LetterSent.self) { letter, tx in
      try before(letter)
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
      clock: clock,
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
