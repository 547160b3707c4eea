import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@testable import ArtelJobs

@Suite("Nodes that fall silent", .timeLimit(.minutes(2)))
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
    #expect(try await ledger.rescue() == 0)
    try await jobs.passTime()

    #expect(try await ledger.rescue() == 1)
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
    for _ in 1...2 {
      let (ledger, _) = try await takeSilently(jobs)
      try await jobs.passTime()
      _ = try await ledger.rescue()
    }

    #expect(try await jobs.count("dead") == 1)
  }

  // Fails without renewing: seen the job taken back after a second, and begun three times.
  @Test func `a job that takes longer than the hold stays with its node`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let gate = Gate()
    let handler = JobHandler(Errand.self) { _, run in
      notes.add("\(run.attempt)")
      try await gate.pass()
    }
    let nodes = [
      jobs.node(named: "one", hold: .seconds(1), handler),
      jobs.node(named: "two", hold: .seconds(1), handler),
    ]
    let running = Task {
      await withTaskGroup { group in
        for node in nodes { group.addTask { await node.run() } }
      }
    }
    try await jobs.enqueue(Errand())
    try await eventually("the hold would be over") {
      try await jobs.text("started_at < now() - interval '2500 ms'") == "true"
    }
    gate.open()
    try await eventually("the job is finished") { try await jobs.count("finished") == 1 }
    running.cancel()
    await running.value

    #expect(notes.all == ["1"])
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
