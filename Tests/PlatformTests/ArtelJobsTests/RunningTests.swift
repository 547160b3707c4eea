import ArtelJobs
import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@Suite("Running jobs", .timeLimit(.minutes(10)))
struct RunningTests {
  @Test func `a job is done after its transaction is committed`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark(number: 7))

    try await jobs.node(Mark.handler).drain()

    #expect(try await jobs.marks() == [7])
    #expect(try await jobs.count("finished") == 1)
  }

  @Test func `a job of a rolled back transaction is never done`() async throws {
    let jobs = try await TestJobs.make()
    await #expect(throws: Broken.self) {
      try await jobs.db.database.transaction { tx async throws in
        try await tx.enqueue(Mark())
        throw Broken()
      }
    }

    #expect(try await jobs.node(Mark.handler).drain() == 0)
  }

  @Test func `enqueueing costs one statement and sends no notification inside the transaction`()
    async throws
  {
    let jobs = try await TestJobs.make()

    let (_, statements) = try await StatementLog.recording { try await jobs.enqueue(Mark()) }

    #expect(statements.filter { $0.text.contains("jobs.jobs") }.count == 1)
    #expect(!statements.contains { $0.text.lowercased().contains("notify") })
  }

  // It would look by itself in an hour. Fails without NOTIFY: seen not the other within 30 s.
  @Test func `a runner is woken by a commit on its node and by one on another`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let handler = JobHandler(Errand.self) { job, _ in notes.add(job.name) }
    let running = Task { await jobs.node(poll: .seconds(3600), handler).run() }
    defer { running.cancel() }
    try await jobs.enqueue(Errand(name: "here"))
    try await eventually("the first is done") { notes.all == ["here"] }
    try await eventually("it listens") {
      try await !jobs.db.read(
        """
        select from pg_stat_activity
        where datname = current_database() and query ilike 'listen%' and state = 'idle'
        """
      ).isEmpty
    }

    let elsewhere = TestCluster.open(jobs.db.configuration)
    try await elsewhere.transaction { tx async throws in
      _ = try await tx.enqueue(Errand(name: "there"))
    }

    try await eventually("the other is done") { notes.all == ["here", "there"] }
    await elsewhere.close()
    running.cancel()
    await running.value
  }

  @Test func `the most urgent comes first, then the one that was due first`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    try await jobs.enqueue(Errand(name: "low"), .now.priority(.low))
    try await jobs.enqueue(Errand(name: "normal"))
    try await jobs.enqueue(Errand(name: "normal, later"))
    try await jobs.enqueue(Errand(name: "urgent"), .now.priority(.urgent))

    try await jobs.node(JobHandler(Errand.self) { job, _ in notes.add(job.name) }).drain()

    #expect(notes.all == ["urgent", "normal", "normal, later", "low"])
  }

  @Test func `a delayed job is not done before it is due`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark(number: 1), .after(.seconds(3600)))
    try await jobs.enqueue(Mark(number: 2), .at(Date(timeIntervalSinceNow: 3600)))
    let node = jobs.node(Mark.handler)
    #expect(try await node.drain() == 0)
    try await jobs.passTime()

    #expect(try await node.drain() == 2)
  }

  @Test func `jobs of a kind that a node does not know are left to others`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())

    #expect(try await jobs.node(JobHandler(Errand.self) { _, _ in }).drain() == 0)
    #expect(try await jobs.count("queued") == 1)
  }

  @Test func `many jobs are stored by one statement and all done`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.db.database.transaction { tx async throws in
      try await tx.enqueue(contentsOf: (1...50).map { Mark(number: $0) })
    }

    try await jobs.node(Mark.handler).drain()

    #expect(try await jobs.marks() == Array(1...50))
  }

  @Test func `a finished job that is not kept is gone`() async throws {
    struct Passing: Job {
      static let kind = "test.passings.pass"
      static let options = JobOptions { $0.keeps = .zero }
    }
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Passing())
    try await jobs.node(JobHandler(Passing.self) { _, _ in }).drain()
    try await jobs.enqueue(Passing())
    try await jobs.node(JobHandler(inTransaction: Passing.self) { _, _ in }).drain()

    #expect(try await jobs.db.read("select from jobs.jobs").count == 0)
  }
}

@Suite("Failing jobs", .timeLimit(.minutes(10)))
struct FailingTests {
  @Test func `a failed job waits for its pause and is tried again`() async throws {
    let jobs = try await TestJobs.make()
    let notes = Notes()
    let node = jobs.node(
      JobHandler(Errand.self) { _, run in
        notes.add("\(run.attempt)")
        if run.attempt == 1 { throw Broken() }
      }
    )
    try await jobs.enqueue(Errand())
    try await node.drain()
    #expect(
      try await jobs.text(
        "run_at > started_at + interval '3 s' and run_at < now() + interval '7 s'"
      ) == "true"
    )
    #expect(try await jobs.text("reason") == "the tap drips")
    try await jobs.passTime()

    try await node.drain()

    #expect(notes.all == ["1", "2"])
    #expect(try await jobs.count("finished") == 1)
  }

  @Test func `after its last attempt a job is dead and says why`() async throws {
    let jobs = try await TestJobs.make()
    let node = jobs.node(JobHandler(Errand.self) { _, _ in throw Broken() })
    try await jobs.enqueue(Errand())
    for _ in 1...3 {
      try await node.drain()
      try await jobs.passTime()
    }

    #expect(try await node.drain() == 0)
    #expect(
      try await jobs.text("state || ': ' || reason || ', ' || attempts") == "dead: the tap drips, 3"
    )
  }

  @Test func `a refused job is dead at once`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Errand())

    try await jobs.node(JobHandler(Errand.self) { _, _ in throw JobRefusal("no such tap") }).drain()

    #expect(try await jobs.text("state || ': ' || reason") == "dead: no such tap")
  }

  @Test func `a job that cannot be read fails and hurts no other`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark(number: 1))
    try await jobs.db.write("update jobs.jobs set payload = '{}'")
    try await jobs.enqueue(Mark(number: 2))

    try await jobs.node(Mark.handler).drain()

    #expect(try await jobs.marks() == [2])
    #expect(try await jobs.count("queued") == 1)
  }

  // Fails without `storable`: the reason is seen replaced by "what became of it cannot be stored".
  @Test func `a reason that no column takes is stored as far as it can be`() async throws {
    let jobs = try await TestJobs.make()
    let failing = JobHandler(Mark.self) { _, _ in
      throw Broken(description: "the\0tap" + String(repeating: "!", count: 2000))
    }
    try await jobs.enqueue(Mark())

    try await jobs.node(failing).drain()

    #expect(try await jobs.text("left(reason, 7) || length(reason)") == "thetap!1000")
  }

  // Fails without settling each alone: seen none of the others finished.
  @Test func `a job whose end the database refuses holds up no other`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.db.write(
      "alter table jobs.jobs add constraint planted check (reason not like '%poison%')"
    )
    let (notes, gate) = (Notes(), Gate())
    let handler = JobHandler(Errand.self) { job, _ in
      notes.add(job.name)
      if job.name == "bad" { throw Broken(description: "poison") }
      try await gate.pass()
    }
    let running = Task { await jobs.node(capacity: 2, handler).run() }
    defer { running.cancel() }
    try await jobs.enqueue(Errand(name: "good"))
    try await eventually("the good one has begun") { notes.all == ["good"] }
    for name in ["bad", "next"] { try await jobs.enqueue(Errand(name: name)) }
    try await eventually("the bad one has failed") { notes.all.contains("bad") }
    gate.open()

    try await eventually("the others are finished") { try await jobs.count("finished") == 2 }

    let reason = try await jobs.db.read("select reason from jobs.jobs where state = 'queued'")
    let text = try #require(try reason.first?.decode(String.self, at: 0))
    #expect(text.hasPrefix("what became of it cannot be stored: PostgreSQL: server 23514"))
  }

  // Fails when the body has a transaction of its own: seen its mark.
  @Test func `what a failed transactional job wrote is not there`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.enqueue(Mark())
    let handler = JobHandler(inTransaction: Mark.self) { job, tx in
      try await job.leave(in: tx)
      throw Broken()
    }

    try await jobs.node(handler).drain()

    #expect(try await jobs.marks() == [])
    #expect(try await jobs.count("queued") == 1)
  }

  @Test func `pauses double up to the longest, with jitter around them`() {
    let backOff = BackOff(first: .seconds(5), longest: .seconds(60))

    #expect(
      (1...6).map { backOff.pause(after: $0, jitter: 0.5) }
        == [5, 10, 20, 40, 60, 60].map { .seconds($0) }
    )
    #expect(backOff.pause(after: 1, jitter: 0) == .milliseconds(3750))
    #expect(backOff.pause(after: 1, jitter: 1) == .milliseconds(6250))
    #expect(BackOff().pause(after: 1000, jitter: 0.5) == .seconds(7200))
  }
}
