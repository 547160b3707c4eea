import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@testable import ArtelJobs

@Suite("Nodes that fall silent", .timeLimit(.minutes(10)))
struct RescueTests {
  /// Takes the only job as a node that never says a word again.
  private func takeSilently(_ jobs: TestJobs) async throws -> (JobLedger, ClaimedJob) {
    let ledger = JobLedger(db: jobs.db.database, node: "silent:1", hold: .seconds(30))
    let room = JobSlots.Room(kind: Mark.kind, count: 1)
    let job = try #require(try await ledger.claim([room], total: 1).first)
    return (ledger, job)
  }

  // Fails without taking jobs back: seen no mark.
  @Test func `the job of a silent node is done by another one when its hold is over`() async throws
  {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    let (ledger, _) = try await takeSilently(jobs)
    #expect(try await ledger.rescue().isEmpty)
    try await jobs.passTime()

    #expect(try await ledger.rescue().count == 1)
    #expect(try await jobs.text("reason") == "its node silent:1 fell silent")
    try await jobs.node(Mark.handler).drain()

    #expect(try await jobs.marks() == [1])
    #expect(try await jobs.text("attempts") == "2")
  }

  // Fails when finishing compares the id alone: seen two marks.
  @Test func `a node that comes back cannot finish what another one has taken`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    let (ledger, late) = try await takeSilently(jobs)
    try await jobs.passTime()
    _ = try await ledger.rescue()
    try await jobs.node(Mark.handler).drain()
    let run = JobRun(late, keeps: .seconds(60), ledger: ledger)

    await #expect(throws: JobLost.self) {
      try await run.complete { tx async throws in try await Mark().leave(in: tx) }
    }

    #expect(try await jobs.marks() == [1])
  }

  // Fails when settling compares the id alone: seen the job queued while the other node runs it.
  @Test func `the late word of a silent node does not count`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    let (ledger, late) = try await takeSilently(jobs)
    try await jobs.passTime()
    _ = try await ledger.rescue()
    _ = try await takeSilently(jobs)

    try await ledger.settle([
      Settlement(job: late, outcome: .failed(reason: "late", pause: .zero), keeps: .zero)
    ])

    #expect(try await jobs.count("running") == 1)
  }

  // Fails when a job is queued again whatever its attempts: seen none dead.
  @Test func `a job that ends its node at every attempt is dead after the last`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    try await jobs.db.write("update jobs.jobs set attempts_limit = 2")
    let log = LogRecorder()
    let node = jobs.node(logger: log.logger, Mark.handler)
    for _ in 1...2 {
      _ = try await takeSilently(jobs)
      try await jobs.passTime()
      #expect(!log.messages.contains("A job is dead"))
      try await node.tend()
    }

    #expect(try await jobs.count("dead") == 1)
    // Fails when only the number is logged: operators look for this line and find none.
    #expect(log.messages.filter { $0 == "A job is dead" }.count == 1)
  }

  // Fails without renewing: seen the job taken back when its hold is over, and begun again.
  @Test func `a job that takes longer than the hold stays with its node`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let gate = Gate()
    let handler = JobHandler(Errand.self) { _, run in
      notes.add("\(run.attempt)")
      try await gate.pass()
    }
    let nodes = [
      jobs.node(named: "one", hold: .seconds(10), handler),
      jobs.node(named: "two", hold: .seconds(10), handler),
    ]
    let running = Task {
      await withTaskGroup { group in
        for node in nodes { group.addTask { await node.run() } }
      }
    }
    try await jobs.enqueue(Errand())
    try await eventually("the hold would be over") {
      try await jobs.text("started_at < now() - interval '15 s'") == "true"
    }
    gate.open()
    try await eventually("the job is finished") { try await jobs.count("finished") == 1 }
    running.cancel()
    await running.value

    #expect(notes.all == ["1"])
  }

  // Fails with the holds prolonged between the other statements: seen the job begun twice.
  @Test func `a job keeps its node while nothing else is answered`() async throws {
    let jobs = try await TestJobs.make()
    let (notes, gate) = (Notes(), Gate())
    let handler = JobHandler(Errand.self) { _, run in
      notes.add("\(run.attempt)")
      try await gate.pass()
    }
    let schedule = JobSchedule(Mark(), "0 0 1 1 *")
    let running = Task {
      await jobs.node(hold: .seconds(10), schedules: [schedule], handler).run()
    }
    let ledger = JobLedger(db: jobs.db.database, node: "other", hold: .seconds(30))
    try await jobs.enqueue(Errand())
    try await eventually("the job has begun") { notes.all.count == 1 }
    try await jobs.db.database.transaction { tx async throws in
      // The look at the schedules waits for this, and with it all that is done once a second.
      _ = try await tx.write("lock table jobs.schedules in access exclusive mode")
      try await eventually("the hold would be over") {
        let rows = try await tx.read(
          "select from jobs.jobs where started_at < clock_timestamp() - interval '15 s'"
        )
        return !rows.isEmpty
      }
      #expect(try await ledger.rescue().isEmpty)
    }
    gate.open()
    try await eventually("the job is finished") { try await jobs.count("finished") == 1 }
    running.cancel()
    await running.value

    #expect(notes.all == ["1"])
  }

  // Fails with the holds prolonged behind progress that waits for the row: seen the other job taken back.
  @Test func `a job that completes for long does not cost others their holds`() async throws {
    let jobs = try await TestJobs.make()
    let (notes, gate) = (Notes(), Gate())
    let long = JobHandler(Errand.self) { _, run in
      notes.add("\(run.attempt)")
      try await gate.pass()
    }
    let completing = JobHandler(Chore.self) { _, run in
      run.report(1, of: 2)
      try await run.complete { _ in
        notes.add("completing")
        run.report(2, of: 2)
        try await gate.pass()
      }
    }
    let running = Task { await jobs.node(hold: .seconds(10), long, completing).run() }
    let ledger = JobLedger(db: jobs.db.database, node: "other", hold: .seconds(30))
    try await jobs.enqueue(Chore())
    try await eventually("the row is held") { notes.all == ["completing"] }
    try await jobs.enqueue(Errand())
    try await eventually("both have begun") { notes.all.count == 2 }
    try await eventually("the hold would be over") {
      try await jobs.db.read(
        "select from jobs.jobs where kind = \(Errand.kind) and started_at < now() - interval '15 s'"
      ).count == 1
    }

    #expect(try await ledger.rescue().isEmpty)

    gate.open()
    try await eventually("both are finished") { try await jobs.count("finished") == 2 }
    running.cancel()
    await running.value
  }

  // Fails when holds are prolonged until the stop only: seen the job taken back within the grace.
  @Test func `a job keeps its node while it is given time at a stop`() async throws {
    let jobs = try await TestJobs.make()
    let (notes, gate) = (Notes(), Gate())
    let handler = JobHandler(Errand.self) { _, run in
      notes.add("\(run.attempt)")
      try await gate.pass()
    }
    let running = Task {
      await jobs.node(hold: .seconds(10), grace: .seconds(60), handler).run()
    }
    let ledger = JobLedger(db: jobs.db.database, node: "other", hold: .seconds(30))
    try await jobs.enqueue(Errand())
    try await eventually("the job has begun") { notes.all.count == 1 }

    running.cancel()
    try await eventually("the hold would be over") {
      try await jobs.text("started_at < now() - interval '15 s'") == "true"
    }
    #expect(try await ledger.rescue().isEmpty)

    gate.open()
    await running.value
    #expect(try await jobs.count("finished") == 1)
  }

  // Fails without `skip locked` in the writing of progress: it waits until the time of the test is up.
  @Test func `progress waits for nobody`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    let (ledger, job) = try await takeSilently(jobs)

    try await jobs.db.database.transaction { tx async throws in
      _ = try await tx.read("select from jobs.jobs for update")
      try await ledger.write([JobProgress(job, done: 1, total: 2)])
    }
    #expect(try await jobs.text("total") == nil)

    try await ledger.write([JobProgress(job, done: 1, total: 2)])
    #expect(try await jobs.text("done || ' of ' || total") == "1 of 2")
  }

  // Fails when a stop is taken for a failure: seen `queued 1 false`.
  @Test func `a node that stops hands its jobs back, uncounted`() async throws {
    let jobs = try await TestJobs.make()
    let started = Notes()
    let handler = JobHandler(Errand.self) { _, _ in
      started.add("started")
      try await Gate().pass()
    }
    let running = Task { await jobs.node(grace: .milliseconds(50), handler).run() }
    try await jobs.enqueue(Errand())
    try await eventually("the job has begun") { started.all.count == 1 }

    running.cancel()
    await running.value

    #expect(
      try await jobs.text("state || ' ' || attempts || ' ' || (run_at <= now())") == "queued 0 true"
    )
  }

  // Fails when a stop cancels at once: seen none finished.
  @Test func `a node that stops lets a job finish within the grace`() async throws {
    let jobs = try await TestJobs.make()
    let (started, gate) = (Notes(), Gate())
    let handler = JobHandler(Errand.self) { _, _ in
      started.add("started")
      try await gate.pass()
    }
    let running = Task { await jobs.node(grace: .seconds(60), handler).run() }
    try await jobs.enqueue(Errand())
    try await eventually("the job has begun") { started.all.count == 1 }

    running.cancel()
    gate.open()
    await running.value

    #expect(try await jobs.count("finished") == 1)
  }
}
