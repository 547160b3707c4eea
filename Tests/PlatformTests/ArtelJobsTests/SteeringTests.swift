import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@testable import ArtelJobs

@Suite("Unique jobs", .timeLimit(.minutes(10)))
struct UniqueTests {
  @Test func `of two with one key only the first is stored`() async throws {
    let jobs = try await TestJobs.make()
    let first = try await jobs.enqueue(Mark(number: 1), .now.unique("mark"))
    let second = try await jobs.enqueue(Mark(number: 2), .now.unique("mark"))
    try await jobs.enqueue(Mark(number: 3), .now.unique("another"))

    try await jobs.node(Mark.handler).drain()

    #expect(first != nil && second == nil)
    #expect(try await jobs.marks() == [1, 3])
  }

  @Test func `the key is free again when the job has ended`() async throws {
    let jobs = try await TestJobs.make()
    for number in 1...2 {
      try await jobs.enqueue(Mark(number: number), .now.unique("mark"))
      try await jobs.node(Mark.handler).drain()
    }

    #expect(try await jobs.marks() == [1, 2])
  }

  @Test func `a waiting job can be given the time of a later one`() async throws {
    let jobs = try await TestJobs.make()
    let first = try await jobs.enqueue(Mark(), .now.unique("mark"))
    let placement = JobPlacement.after(.seconds(3600)).unique("mark", onConflict: .replaceTime)

    let second = try await jobs.enqueue(Mark(), placement)

    #expect(first == second)
    #expect(try await jobs.text("run_at > now() + interval '59 min'") == "true")
  }

  // Fails when the key is looked for instead of being unique in the schema: seen more than one.
  @Test func `of many that come at once only one is stored`() async throws {
    let jobs = try await TestJobs.make()
    try await withThrowingTaskGroup { group in
      for number in 1...8 {
        group.addTask { _ = try await jobs.enqueue(Mark(number: number), .now.unique("mark")) }
      }
      try await group.waitForAll()
    }

    #expect(try await jobs.count("queued") == 1)
  }
}

@Suite("Keys of running jobs", .timeLimit(.minutes(10)))
struct RunningKeyTests {
  @Test(arguments: [JobPlacement.now.unique("key"), .now.unique("key", onConflict: .replaceTime)])
  func `a job keeps its key while it runs`(placement: JobPlacement) async throws {
    let jobs = try await TestJobs.make()
    let (notes, gate) = (Notes(), Gate())
    let handler = JobHandler(Errand.self) { job, _ in
      notes.add(job.name)
      try await gate.pass()
    }
    let running = Task { await jobs.node(handler).run() }
    try await jobs.enqueue(Errand(name: "first"), placement)
    try await eventually("the job has begun") { notes.all.count == 1 }

    #expect(try await jobs.enqueue(Errand(name: "second"), placement) == nil)

    gate.open()
    try await eventually("the job is finished") { try await jobs.count("finished") == 1 }
    running.cancel()
    await running.value
    #expect(notes.all == ["first"])
  }
}

@Suite("How much a node takes")
struct SlotTests {
  private var slots = JobSlots(capacity: 4, kinds: ["a", "b"], limits: ["b": 1])

  @Test mutating func `a node takes as many as it has room for, and of a kind as many as it may`() {
    let (rooms, total) = slots.ask()

    #expect(rooms == [JobSlots.Room(kind: "a", count: 4), JobSlots.Room(kind: "b", count: 1)])
    #expect(total == 4)
  }

  @Test mutating func `it does not ask again before there is news`() {
    slots.take([], of: slots.ask().total)
    #expect(slots.ask().total == 0)

    slots.ring()

    #expect(slots.ask().total == 4)
  }

  @Test mutating func `as many as it had room for means that there may be more`() {
    slots.take(["a", "a", "a", "a"], of: slots.ask().total)
    #expect(slots.ask().total == 0)

    slots.end("a")

    #expect(slots.ask().total == 1)
  }

  // Fails when the end of a limited kind is no news: seen nothing asked for.
  @Test mutating func `the end of one of a limited kind makes room for another`() {
    slots.take(["b"], of: slots.ask().total)
    slots.ring()
    #expect(slots.ask().rooms == [JobSlots.Room(kind: "a", count: 3)])

    slots.end("b")

    #expect(slots.ask().rooms.contains(JobSlots.Room(kind: "b", count: 1)))
  }

  @Test mutating func `a ring while it asks is not forgotten`() {
    let total = slots.ask().total
    slots.ring()
    slots.take([], of: total)

    #expect(slots.ask().total == 4)
  }
}

@Suite("Steering jobs", .timeLimit(.minutes(10)))
struct SteeringTests {
  // Fails without the limit: seen four begin before one ended.
  // Fails without room of its own for the kind: seen two that began before the first ended.
  @Test func `of a limited kind one runs at a time`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let handler = JobHandler(Chore.self) { job, _ in
      notes.add("begin")
      try await eventually("the database answers") { try await jobs.count("running") > 0 }
      notes.add("end")
    }
    try await jobs.db.database.transaction { tx async throws in
      try await tx.enqueue(contentsOf: (1...5).map { Chore(number: $0) })
    }
    let running = Task { await jobs.node(handler).run() }
    try await eventually("all are done") { try await jobs.count("finished") == 5 }
    running.cancel()
    await running.value

    #expect(notes.all.joined(separator: " ") == "begin end begin end begin end begin end begin end")
  }

  // Fails without the turn of the kind: seen 9 taken where 3 may run.
  @Test func `of a kind that is limited overall nodes that take at once take no more than that`()
    async throws
  {
    let jobs = try await TestJobs.make()
    try await jobs.db.database.transaction { tx async throws in
      try await tx.enqueue(contentsOf: (1...20).map { Chore(number: $0) })
    }
    let rooms = [
      JobSlots.Room(kind: Chore.kind, count: 4, overall: 3),
      JobSlots.Room(kind: Mark.kind, count: 4),
    ]
    let taken = try await withThrowingTaskGroup(of: [ClaimedJob].self) { group in
      for number in 1...8 {
        let ledger = JobLedger(db: jobs.db.database, node: "\(number)", hold: .seconds(30))
        group.addTask { try await ledger.claim(rooms, total: 4) }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(taken.count == 3)
    let ledger = JobLedger(db: jobs.db.database, node: "1", hold: .seconds(30))
    try await ledger.settle([Settlement(job: taken[0], outcome: .finished, keeps: .zero)])

    #expect(try await ledger.claim(rooms, total: 4).count == 1)
  }

  @Test func `a place that is free overall is taken by whichever node, and the rest follows`()
    async throws
  {
    struct Solo: Job {
      static let kind = "test.solos.play"
      static let options = JobOptions { $0.limitOverall = 1 }
      var number: Int
    }
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let handler = JobHandler(Solo.self) { _, _ in
      notes.add("begin")
      _ = try await jobs.count("running")
      notes.add("end")
    }
    try await jobs.db.database.transaction { tx async throws in
      try await tx.enqueue(contentsOf: (1...20).map { Solo(number: $0) })
    }
    let running = Task {
      await withTaskGroup { group in
        for name in ["one", "two"] {
          group.addTask { await jobs.node(named: name, handler).run() }
        }
      }
    }
    try await eventually("all are done") { try await jobs.count("finished") == 20 }
    running.cancel()
    await running.value

    #expect(notes.all == (1...20).flatMap { _ in ["begin", "end"] })
  }

  @Test func `a waiting job that is called off is not done`() async throws {
    let jobs = try await TestJobs.make()
    let id = try #require(try await jobs.enqueue(Mark()))

    #expect(try await JobQueue(in: jobs.db.database).cancel(id) == .queued)

    #expect(try await jobs.node(Mark.handler).drain() == 0)
    #expect(try await jobs.count("cancelled") == 1)
  }

  // Fails when nobody looks for what was called off: seen none cancelled within 30 s.
  @Test func `the task of a running job that is called off is cancelled`() async throws {
    let jobs = try await TestJobs.make()
    let started = Notes()
    let handler = JobHandler(Errand.self) { _, _ in
      started.add("started")
      try await Gate().pass()
    }
    let running = Task { await jobs.node(handler).run() }
    let id = try #require(try await jobs.enqueue(Errand()))
    try await eventually("the job has begun") { started.all.count == 1 }

    #expect(try await JobQueue(in: jobs.db.database).cancel(id) == .running)

    try await eventually("it has ended") { try await jobs.count("cancelled") == 1 }
    running.cancel()
    await running.value
  }

  // Fails when nobody looks at the time: seen no failure within 30 s.
  @Test func `a job that takes longer than it may fails`() async throws {
    struct Slow: Job {
      static let kind = "test.slow.wait"
      static let options = JobOptions {
        $0.timeLimit = .milliseconds(10)
        // Otherwise it may be tried again before it is looked at.
        $0.backOff = BackOff(first: .seconds(600))
      }
    }
    let jobs = try await TestJobs.make()
    let handler = JobHandler(Slow.self) { _, _ in try await Gate().pass() }
    let running = Task { await jobs.node(handler).run() }
    try await jobs.enqueue(Slow())

    try await eventually("it has failed") {
      try await jobs.text("reason") == "took longer than its limit"
    }
    running.cancel()
    await running.value
    #expect(try await jobs.text("state || attempts") == "queued1")
  }

  @Test func `operators see how far a job is`() async throws {
    let jobs = try await TestJobs.make()
    let handler = JobHandler(Errand.self) { _, run in
      for done in 1...300 { run.report(done, of: 1000) }
      try await Gate().pass()
    }
    let running = Task { await jobs.node(grace: .zero, handler).run() }
    let id = try #require(try await jobs.enqueue(Errand()))
    let queue = JobQueue(in: jobs.db.database)

    // What it said before may be stored in between.
    try await eventually("it has said so") { try await queue.entry(id)?.done == 300 }

    #expect(try await queue.entry(id)?.total == 1000)
    running.cancel()
    await running.value
  }

  @Test func `a dead job runs again with all its attempts when an operator says so`() async throws {
    let jobs = try await TestJobs.make()
    let queue = JobQueue(in: jobs.db.database)
    let id = try #require(try await jobs.enqueue(Mark()))
    let failing = JobHandler(Mark.self) { _, _ in throw JobRefusal("no") }
    try await jobs.node(failing).drain()
    #expect(try await queue.entries(in: .dead).map(\.reason) == ["no"])

    #expect(try await queue.retryDead() == 1)
    try await jobs.node(Mark.handler).drain()

    #expect(try await queue.entry(id)?.state == .finished)
    #expect(try await queue.entry(id)?.attempts == 1)
    #expect(try await jobs.marks() == [1])
  }

  @Test func `a dead job stays dead while another one has its key`() async throws {
    let jobs = try await TestJobs.make()
    let queue = JobQueue(in: jobs.db.database)
    let id = try #require(try await jobs.enqueue(Mark(), .now.unique("mark")))
    try await jobs.node(JobHandler(Mark.self) { _, _ in throw JobRefusal("no") }).drain()
    try await jobs.enqueue(Mark(), .now.unique("mark"))

    #expect(try await queue.retry(id) == false)
    #expect(try await queue.retryDead() == 0)
  }

  @Test func `the figures say how many of each kind wait, run and are dead`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark(number: 1))
    try await jobs.node(JobHandler(Mark.self) { _, _ in throw JobRefusal("no") }).drain()
    try await jobs.enqueue(Mark(number: 2))
    try await jobs.enqueue(Mark(number: 3), .after(.seconds(3600)))
    try await jobs.db.write("update jobs.jobs set run_at = run_at - interval '1 min'")

    let figures = try #require(try await JobQueue(in: jobs.db.database).statistics().first)

    #expect((figures.queued, figures.running, figures.dead) == (2, 0, 1))
    #expect(figures.oldestDue >= .seconds(60) && figures.oldestDue < .seconds(120))
  }

  // Fails without the loop: 1,500 stayed. Fails without the limit: one statement removed all.
  @Test func `all that is over is removed, a thousand at a time`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.db.write(
      """
      insert into jobs.jobs (id, kind, payload, priority, run_at, attempts_limit, state, ended_at, forgotten_at)
      select gen_random_uuid(), 'test.others.do', '{}', 1, now(), 1, 'finished', now(), now()
      from generate_series(1, 2500)
      """
    )
    let ledger = JobLedger(db: jobs.db.database, node: "here", hold: .seconds(30))

    let removed = try await expectStatements(atMost: 3, atLeast: 3) { try await ledger.prune() }

    #expect(removed == 2500)
  }

  @Test func `dead jobs go after their time where a kind says so`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.db.write(
      """
      insert into jobs.jobs (id, kind, payload, priority, run_at, attempts_limit, state, ended_at)
      select gen_random_uuid(), kind, '{}', 1, now(), 1, 'dead', now() - interval '1 hour' * hours
      from unnest(array['test.marks.leave', 'test.errands.run']) as kind, generate_series(1, 3) as hours
      """
    )
    let ledger = JobLedger(db: jobs.db.database, node: "here", hold: .seconds(30))

    #expect(try await ledger.prune(keepingDead: [Mark.kind: .seconds(5400)]) == 2)

    #expect(try await jobs.count("dead") == 4)
  }

  @Test func `finished jobs are forgotten after their time, dead ones never`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark(number: 1))
    try await jobs.node(Mark.handler).drain()
    try await jobs.enqueue(Mark(number: 2))
    try await jobs.node(JobHandler(Mark.self) { _, _ in throw JobRefusal("no") }).drain()
    let ledger = JobLedger(db: jobs.db.database, node: "here", hold: .seconds(30))
    #expect(try await ledger.prune() == 0)
    try await jobs.db.write("update jobs.jobs set forgotten_at = forgotten_at - interval '25 h'")

    #expect(try await ledger.prune() == 1)
    #expect(try await jobs.count("dead") == 1)
  }

  // Fails with an index over (state, run_at): seen 1,806 pages read.
  @Test func `taking jobs does not look at those that are not due, nor at other kinds`()
    async throws
  {
    let jobs = try await TestJobs.make()
    try await jobs.db.write(
      """
      insert into jobs.jobs (id, kind, payload, priority, run_at, attempts_limit)
      select gen_random_uuid(), case when n % 2 = 0 then 'test.marks.leave' else 'test.others.do' end,
        '{}', n % 3, now() + interval '1 day' * (n % 2 * -2 + 1), 1
      from generate_series(1, 20000) as n
      """
    )
    for number in 1...3 { try await jobs.enqueue(Mark(number: number)) }
    _ = try await jobs.db.database.withLease { try await $0.script("vacuum analyze jobs.jobs") }
    let ledger = JobLedger(db: jobs.db.database, node: "here", hold: .seconds(30))
    let rooms = [
      JobSlots.Room(kind: Mark.kind, count: 4), JobSlots.Room(kind: Errand.kind, count: 4),
    ]

    let plan = try await QueryPlan(of: ledger.claiming(rooms, total: 4), in: jobs.db, running: true)

    #expect(plan.indexes.contains("jobs_queued_idx"))
    #expect((1...200).contains(plan.pages))
  }
}
