import ArtelConcurrency
import ArtelPostgres
import ArtelTesting
import Testing

@testable import ArtelRealtime

@Suite struct UpdateLogTests {
  @Test func `entries are read in order and once`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point
    try await test.publish(1...5, on: log)

    let first = try await log.entries(after: start, limit: 3)
    let second = try await log.entries(after: first.point, limit: 3)
    let third = try await log.entries(after: second.point, limit: 3)

    #expect(first.entries.map(\.number) == [1, 2, 3])
    #expect(!first.isLast)
    #expect(second.entries.map(\.number) == [4, 5])
    #expect(second.isLast)
    #expect(third.entries.isEmpty)
    #expect(third.point >= second.point)
  }

  // Fails with the oldest running transaction as the point: a PostgreSQL that is killed before it wrote
  // down that those three ended gives their numbers again, to updates that are then never told.
  @Test func `reading goes on behind the last entry, whatever ended since`() async throws {
    let test = try await TestLog()
    let log = test.log()
    try await test.publish(1, on: log)
    try await test.settle()
    let last = try await log.entries(after: LogPoint(xid: 0, id: 0)).point

    for _ in 1...3 { try await test.settle() }

    #expect(try await log.open().point == last)
    #expect(try await log.entries(after: last).point == last)
  }

  // Fails without looking at what was removed: 0, and every client that comes back loads afresh.
  @Test func `reading of a log that was removed begins where it ended`() async throws {
    let test = try await TestLog()
    let log = test.log()
    try await test.publish(1, on: log)
    try await test.settle()
    let last = try await log.entries(after: LogPoint(xid: 0, id: 0)).point

    try await log.prune(olderThan: .seconds(-1))

    #expect(try await log.open().point == last)
  }

  /// Rests on the horizon of running transactions; otherwise the late one is read past and never seen.
  @Test func `a transaction that begins first and commits last is not skipped`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point

    let page = try await test.db.database.transaction { early in
      try await log.publish(TestLog.update(1), in: early)
      try await test.publish(2, on: log)
      return try await log.entries(after: start)
    }
    try await test.settle()
    let after = try await log.entries(after: page.point)

    #expect(page.entries.isEmpty)
    #expect(after.entries.map(\.number) == [1, 2])
  }

  @Test func `a change that is rolled back tells nobody`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point
    struct Regret: Error {}

    await #expect(throws: Regret.self) {
      try await test.db.database.transaction { tx in
        try await log.publish(TestLog.update(1), in: tx)
        throw Regret()
      }
    }

    try await test.settle()
    #expect(try await log.entries(after: start).entries.isEmpty)
  }

  @Test func `publishing is one statement and notifies nobody`() async throws {
    let test = try await TestLog()
    let log = test.log()

    let (_, statements) = try await StatementLog.recording { try await test.publish(1, on: log) }

    #expect(statements.filter { $0.text.contains("realtime.updates") }.count == 1)
    #expect(!statements.contains { $0.text.lowercased().contains("notify") })
  }

  @Test func `a client is given the entries of its audiences, up to where it listens`() async throws
  {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point
    for number in 1...4 {
      try await test.publish(number, for: .topic(number == 2 ? "other" : "feed"), on: log)
    }
    try await test.settle()
    let end = try await log.entries(after: start).point
    try await test.publish(5, on: log)

    let page = try await log.entries(for: [.topic("feed")], after: start, through: end)
    let both = try await log.entries(
      for: [.topic("feed"), .topic("other")],
      after: start,
      through: end
    )

    #expect(page?.entries.map(\.number) == [1, 3, 4])
    #expect(page?.point == end)
    #expect(both?.entries.map(\.number) == [1, 2, 3, 4])
  }

  @Test func `pages of several audiences go on where the last one ended`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let audiences: [Audience] = [.topic("feed"), .topic("other")]
    let start = try await log.open().point
    for number in 1...7 {
      try await test.publish(number, for: audiences[number % 2], on: log)
    }
    try await test.settle()
    let end = try await log.entries(after: start).point

    var point = start
    var numbers: [Int?] = []
    while let page = try await log.entries(for: audiences, after: point, through: end, limit: 2) {
      numbers += page.entries.map(\.number)
      point = page.point
      if page.isLast { break }
    }

    #expect(numbers == [1, 2, 3, 4, 5, 6, 7])
  }

  /// Rests on the note of what was removed; otherwise the client is told of 2 alone.
  @Test func `a client that was away too long has to load afresh`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point
    try await test.publish(1, on: log)
    try await test.settle()
    let middle = try await log.entries(after: start).point
    test.clock.advance(by: .seconds(100))
    try await test.publish(2, on: log)
    try await test.settle()
    let end = try await log.entries(after: start).point

    let removed = try await log.prune(olderThan: .seconds(50))

    #expect(removed == 1)
    #expect(try await log.entries(for: [.topic("feed")], after: start, through: end) == nil)
    let rest = try await log.entries(for: [.topic("feed")], after: middle, through: end)
    #expect(rest?.entries.map(\.number) == [2])
  }

  @Test func `removing goes in portions`() async throws {
    let test = try await TestLog()
    let log = test.log()
    try await test.publish(1...5, on: log)
    test.clock.advance(by: .seconds(100))

    #expect(try await log.prune(olderThan: .seconds(50), limit: 3) == 3)
    #expect(try await log.prune(olderThan: .seconds(50), limit: 3) == 2)
    #expect(try await log.prune(olderThan: .seconds(50), limit: 3) == 0)
  }

  /// Rests on the removal at the start; otherwise the stranger stands behind everything new.
  @Test func `entries of another cluster's future are removed`() async throws {
    let test = try await TestLog()
    let log = test.log()
    try await test.db.write(
      """
      insert into realtime.updates (xid, audience, kind, payload, created_at)
      values ('9000000000', 'topic/feed', 'post.created', '{"number": 7}', now())
      """
    )

    let start = try await log.open().point
    try await test.publish(1...1, on: log)

    #expect(try await log.entries(after: start).entries.map(\.number) == [1])
    #expect(try await test.db.read("select from realtime.updates").count == 1)
  }

  @Test func `catching up reads by audience, not the whole log`() async throws {
    let test = try await TestLog()
    let log = test.log()
    let start = try await log.open().point
    try await test.db.write(
      """
      insert into realtime.updates (audience, kind, payload, created_at)
      select 'topic/' || case when n % 100 = 0 then 'feed' else 'other' end, 'post.created',
        jsonb_build_object('number', n), now()
      from generate_series(1, 20000) as n
      """
    )
    try await test.db.write("analyze realtime.updates")
    try await test.settle()
    let end = try await log.entries(after: start, limit: 100_000).point

    let page = try await log.entries(for: [.topic("feed")], after: start, through: end, limit: 50)
    let plan = try await QueryPlan(
      of: UpdateLog.missed(by: [.topic("feed")], after: start, through: end, limit: 50),
      in: test.db.database,
      running: true
    )

    #expect(page?.entries.count == 50)
    #expect(plan.indexes.contains("updates_audience_xid_id_idx"))
    #expect(plan.pages < 100)
  }

  @Test func `following reads what is new, not the whole log`() async throws {
    let test = try await TestLog()
    let log = test.log()
    try await test.db.write(
      """
      insert into realtime.updates (audience, kind, payload, created_at)
      select 'topic/feed', 'post.created', jsonb_build_object('number', n), now()
      from generate_series(1, 20000) as n
      """
    )
    try await test.db.write("analyze realtime.updates")
    try await test.settle()
    let start = try await log.open().point
    try await test.publish(1, on: log)

    let plan = try await QueryPlan(
      of: UpdateLog.grown(after: start, limit: 500),
      in: test.db.database,
      running: true
    )

    #expect(plan.indexes == ["updates_pkey"])
    #expect(plan.pages < 20)
  }
}
