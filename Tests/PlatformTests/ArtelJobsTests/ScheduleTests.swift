import ArtelPostgres
import ArtelTesting
import Foundation
import Testing

@testable import ArtelJobs

@Suite("Jobs that come back", .timeLimit(.minutes(10)))
struct ScheduleTests {
  private let noon = Date(timeIntervalSince1970: 1_772_366_400)

  private func schedule(_ missed: JobSchedule.Missed = .runOnce) -> JobSchedule {
    JobSchedule(Mark(), "0 * * * *", missed: missed)
  }

  // Fails without `next_at` in the condition: seen two marks.
  @Test func `a node that comes late with a time that another has done does nothing`() async throws
  {
    let jobs = try await TestJobs.make()
    let nodes = ["one", "two"].map { jobs.node(named: $0, schedules: [schedule()], Mark.handler) }
    try await nodes[0].enqueueScheduled(at: noon)
    let due = noon + 3600
    try await nodes[0].enqueueScheduled(at: due)
    // Otherwise the key of the waiting job would keep the second one away.
    try await nodes[0].drain()

    // As if it had read the times before the other one moved them on.
    try await nodes[1].enqueue(schedule(), due: due, at: due)
    try await nodes[1].drain()

    #expect(try await jobs.marks() == [1])
  }

  @Test func `of nodes that look at once one enqueues each time`() async throws {
    let jobs = try await TestJobs.make()
    let nodes = (1...4).map { jobs.node(named: "\($0)", schedules: [schedule()], Mark.handler) }
    try await nodes[0].enqueueScheduled(at: noon)
    for hour in 1...3 {
      let now = noon + TimeInterval(hour * 3600)
      try await withThrowingTaskGroup { group in
        for node in nodes {
          group.addTask {
            try await node.enqueueScheduled(at: now)
            try await node.drain()
          }
        }
        try await group.waitForAll()
      }
    }

    #expect(try await jobs.marks() == [1, 1, 1])
  }

  @Test func `while a job of the schedule waits no other is enqueued`() async throws {
    let jobs = try await TestJobs.make()
    let node = jobs.node(schedules: [schedule()], Mark.handler)
    for hour in 0...5 { try await node.enqueueScheduled(at: noon + TimeInterval(hour * 3600)) }

    #expect(try await jobs.count("queued") == 1)
  }

  @Test(arguments: [(JobSchedule.Missed.runOnce, 1), (.skip, 0)])
  func `times at which no node ran are made up for once, or not at all`(
    missed: JobSchedule.Missed,
    expected: Int
  ) async throws {
    let jobs = try await TestJobs.make()
    let node = jobs.node(schedules: [schedule(missed)], Mark.handler)
    try await node.enqueueScheduled(at: noon)
    try await node.enqueueScheduled(at: noon + 10 * 3600 + 600)
    #expect(try await jobs.count("queued") == expected)
    try await node.drain()

    try await node.enqueueScheduled(at: noon + 11 * 3600 + 1)

    #expect(try await jobs.count("queued") == 1)
  }

  @Test func `another expression counts from now on`() async throws {
    let jobs = try await TestJobs.make()
    try await jobs.node(schedules: [schedule()], Mark.handler).enqueueScheduled(at: noon)
    let daily = JobSchedule(Mark(), "30 4 * * *")

    try await jobs.node(schedules: [daily], Mark.handler).enqueueScheduled(at: noon)

    let entry = try #require(try await entries(jobs).first { $0.expression == "30 4 * * *" })
    #expect(entry.nextAt == noon + 16.5 * 3600)
    #expect(try await jobs.count("queued") == 0)
  }

  // Fails when the row is replaced: seen none queued.
  @Test(arguments: [(JobSchedule.Missed.runOnce, 1), (.skip, 0)])
  func `what was missed before the expression changed is made up for`(
    missed: JobSchedule.Missed,
    expected: Int
  ) async throws {
    let jobs = try await TestJobs.make()
    try await jobs.node(schedules: [schedule()], Mark.handler).enqueueScheduled(at: noon)
    let node = jobs.node(
      schedules: [JobSchedule(Mark(), "30 4 * * *", missed: missed)],
      Mark.handler
    )

    for second in 0...1 {
      try await node.enqueueScheduled(at: noon + 2 * 3600 + TimeInterval(second))
      try await node.drain()
    }

    #expect(try await jobs.marks().count == expected)
    #expect(try await entries(jobs).map(\.expression) == ["30 4 * * *"])
  }

  // Fails with one row for both: seen no mark of one of the nodes.
  @Test func `nodes with different expressions both keep their times`() async throws {
    let jobs = try await TestJobs.make()
    let nodes = ["0 * * * *", "30 * * * *"].map { expression in
      jobs.node(
        named: expression,
        schedules: [JobSchedule(Mark(), CronSchedule(stringLiteral: expression))],
        Mark.handler
      )
    }

    for minute in 0...90 {
      // Each of them is behind the other one at one of the times.
      for node in minute.isMultiple(of: 60) ? nodes.reversed() : nodes {
        try await node.enqueueScheduled(at: noon + TimeInterval(minute * 60))
        try await node.drain()
      }
    }

    // At 12:30, 13:00 and 13:30.
    #expect(try await jobs.marks().count == 3)
    #expect(try await entries(jobs).count == 2)
  }

  @Test func `an expression that no node has any more is forgotten, and nothing is done for it`()
    async throws
  {
    let jobs = try await TestJobs.make()
    let daily = jobs.node(schedules: [JobSchedule(Mark(), "30 4 * * *")], Mark.handler)
    try await jobs.node(schedules: [schedule()], Mark.handler).enqueueScheduled(at: noon)
    try await daily.enqueueScheduled(at: noon)
    try await daily.enqueueScheduled(at: noon + 3600 + 60)
    #expect(try await entries(jobs).count == 2)

    try await daily.enqueueScheduled(at: noon + 3600 + 61)

    #expect(try await entries(jobs).map(\.expression) == ["30 4 * * *"])
    #expect(try await jobs.count("queued") == 0)
  }

  @Test func `nodes go by the database's clock`() async throws {
    let jobs = try await TestJobs.make()
    let node = jobs.node(schedules: [JobSchedule(Mark(), "* * * * *")], Mark.handler)
    let before: Date = try await jobs.db.read("select now()")[0].decode(at: 0)

    try await node.enqueueScheduled()

    // The minute may have passed since.
    let rows = try await jobs.db.read(
      "select next_at > \(before) and next_at <= now() + interval '1 min' from jobs.schedules"
    )
    #expect(try rows.map { try $0.decode(Bool.self, at: 0) } == [true])
    try await jobs.db.write("update jobs.schedules set next_at = next_at - interval '1 min'")
    try await node.enqueueScheduled()
    #expect(try await node.drain() == 1)
  }

  private func entries(_ jobs: TestJobs) async throws -> [ScheduleEntry] {
    try await JobQueue(in: jobs.db.database).schedules()
  }
}
