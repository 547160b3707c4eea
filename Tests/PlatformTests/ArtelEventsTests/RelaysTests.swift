import ArtelEvents
import ArtelMigrations
import ArtelPostgres
import ArtelTesting
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
    let consumer = EventConsumer("reader", in: db).on(LetterSent.self) { letter, tx in
      _ = try await tx.write(
        "insert into letters (recipient, number) values (\(letter.to), \(letter.number))"
      )
    }
    var options = EventRelay.Options()
    options.batch = 5
    options.poll = .milliseconds(50)
    let relay = EventRelay(
      logs: [EventLog("post", in: db)],
      consumers: [consumer],
      options: options,
      logger: quiet
    )
    let running = Task { await relay.run() }
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
    let all = Array(1...sent)
    try await eventually("all letters arrive") {
      let rows = try? await db.read("select number from letters order by place")
      return try rows?.map { try $0.decode(Int.self, at: 0) }.count ?? 0 >= all.count
    }
    running.cancel()
    await running.value

    let rows = try await db.read("select number from letters order by place")
    #expect(try rows.map { try $0.decode(Int.self, at: 0) } == all)
    await db.close()
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
