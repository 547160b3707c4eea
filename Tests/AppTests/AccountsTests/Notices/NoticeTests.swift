import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import Logging
import Testing

@testable import Accounts

@Suite("What other apps tell members of")
struct RequestedNoticeTests {
  /// The database of the other app, as far as its events go.
  private struct Stage {
    let source: TestDatabase
    let site: TestAccounts

    static func make() async throws -> Stage {
      Stage(
        source: try await TestDatabase.make(context: "gallery"),
        site: try await TestAccounts.make()
      )
    }

    func publish(to member: MemberID, _ facts: [String: NoticeFact] = [:]) async throws {
      try await source.database.transaction { tx in
        try await tx.publish(NoticeRequested<Atelier>(of: .easelReady, to: member, facts))
      }
    }

    func deliverTwice() async throws {
      let log = EventLog("atelier", in: source.database)
      let relay = EventRelay(
        logs: [log],
        consumers: [site.accounts.events],
        clock: site.clock.wallClock,
        logger: site.accounts.logger
      )
      try await relay.deliverTwice(log, EventLog("accounts", in: site.db.database))
    }
  }

  // Fails without `on conflict`: the replay is put aside by notices_pkey; and with an id made anew, two
  // notices and two updates were seen.
  @Test func `a notice comes once, with its facts, also when told twice`() async throws {
    let stage = try await Stage.make()
    let ada = try await stage.site.member(Cast.ada)
    try await stage.publish(to: ada.id, ["name": .text("Big"), "number": .number(-3)])

    try await stage.deliverTwice()

    let notices = try await stage.site.notices(of: ada)
    #expect(notices.count == 1)
    #expect(notices[0].app == "atelier" && notices[0].kind == "easel.ready")
    #expect(notices[0].knownFacts.values == ["name": .string("Big"), "number": .integer(-3)])
    #expect(try await stage.site.told(ada) == ["notice.created"])
    #expect(try await stage.site.db.read("select from events.deferred_events").isEmpty)
  }

  @Test func `neither a departed nor an unknown member is told`() async throws {
    let stage = try await Stage.make()
    let ada = try await stage.site.member(Cast.ada)
    try await stage.site.accounts.removeMember(username: "ada")
    try await stage.publish(to: ada.id)
    try await stage.publish(to: Cast.linus.id)

    try await stage.deliverTwice()

    #expect(try await Notice.query.count(in: stage.site.db) == 0)
    #expect(try await stage.site.db.read("select from events.deferred_events").isEmpty)
  }

  // Fails without the look at the time in the handler: the notice is back.
  @Test func `a replay does not bring back what was forgotten by its age`() async throws {
    let stage = try await Stage.make()
    let ada = try await stage.site.member(Cast.ada)
    try await stage.publish(to: ada.id)
    let time = try await stage.source.read("select now()")[0].decode(Date.self, at: 0)
    stage.site.clock.advance(
      by: .seconds(time.timeIntervalSince(stage.site.clock.now) + Notice.lifetime + 60)
    )

    try await stage.deliverTwice()

    #expect(try await stage.site.notices(of: ada).isEmpty)
  }

  @Test func `a bundled notice takes the place of the unread one before, also when told twice`()
    async throws
  {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    func give(_ picture: String, _ count: Int, again id: NoticeID = .generate()) async throws
      -> NoticeID
    {
      let notice = Notice(
        id: id,
        memberID: ada.id,
        app: Atelier.context,
        kind: NoticeKind.easelReady.name,
        facts: JSONText(["picture": .text(picture), "count": .number(count)]),
        createdAt: site.clock.now
      )
      try await site.db.database.transaction { tx in
        try await site.accounts.give(notice, bundledBy: "picture", in: tx)
      }
      return id
    }

    let first = try await give("a", 1)
    let other = try await give("b", 1)
    let second = try await give("a", 2)
    _ = try await give("a", 1, again: first)
    #expect(try await site.notices(of: ada).map(\.id) == [second, other])

    _ = try await site.accounts.readNotices(of: ada.id, through: second)
    let third = try await give("a", 3)
    #expect(try await site.notices(of: ada).map(\.id) == [third, second, other])
  }

  @Test func `the event keeps its name, version and form`() throws {
    let event = NoticeRequested<Atelier>(
      of: .easelReady,
      to: Cast.ada.id,
      ["used": .number(5), "name": .text("Big")]
    )

    #expect(NoticeRequested<Atelier>.name == "atelier.notice.requested")
    #expect(NoticeRequested<Atelier>.version == 1)
    let json = try EventPayload(encoding: event).text
    #expect(
      json == #"{"facts":{"name":"Big","used":5},"kind":"easel.ready","member":"\#(Cast.ada.id)"}"#
    )
  }
}

@Suite("How long notices are kept")
struct KeptNoticeTests {
  // Fails without the deletion in `give`: 503 are kept.
  @Test func `a member keeps the newest 500, others keep theirs`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let grace = try await site.member(Cast.grace)
    try await site.tell(grace)
    try await seed(site.db, member: ada.id, count: 502, at: site.clock.now)

    let newest = try await site.tell(ada)[0]

    let kept = try await site.notices(of: ada)
    #expect(kept.count == 500)
    #expect(kept.first?.id == newest)
    #expect(try await site.notices(of: grace).count == 1)
  }

  @Test func `the job of every hour forgets what is older than 90 days`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.tell(ada, times: 2)
    site.clock.advance(by: .seconds(90 * 86_400 - 1))
    let young = try await site.tell(ada)[0]
    #expect(try await site.accounts.forgetNotices() == 0)
    site.clock.advance(by: .seconds(1))
    let jobs = JobRunner(
      db: site.db.database,
      handlers: site.accounts.jobHandlers,
      logger: Logger(label: "test")
    )
    try await site.db.database.transaction { tx async throws in
      _ = try await tx.enqueue(ForgetNotices())
    }

    try await jobs.drain()

    #expect(try await site.notices(of: ada).map(\.id) == [young])
  }

  @Test func `one round takes ten batches`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await seed(site.db, member: ada.id, count: 250, at: site.clock.now)
    site.clock.advance(by: .seconds(91 * 86_400))

    let first = try await expectStatements(atMost: 10, atLeast: 10) {
      try await site.accounts.forgetNotices(batch: 20)
    }

    #expect(first == 200)
    #expect(try await site.accounts.forgetNotices(batch: 20) == 50)
  }

  // Fails without the deletion in `depart`: network addresses of a departed member stay.
  @Test func `a departure takes all of them along`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    try await site.tell(ada, times: 3)

    try await site.accounts.removeMember(username: "ada")

    #expect(try await Notice.query.count(in: site.db) == 0)
  }

  // Fails without `for key share`: the notice is stored behind the departure and stays.
  @Test func `a notice that comes while its member departs goes too`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)

    let giving = try await site.db.database.transaction { tx in
      let member = try await Member.query.forUpdate().find(ada.id, in: tx)
      _ = try await member.depart(at: site.clock.now, in: tx)
      let giving = Task { try await site.tell(ada) }
      try await eventually("the notice waits for the departure") {
        try await site.db.read(
          """
          select from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock' and query like '%too_many%'
          """
        ).count == 1
      }
      return giving
    }
    _ = try await giving.value

    #expect(try await Notice.query.count(in: site.db) == 0)
  }
}

@Suite("How notices are found among a hundred thousand")
struct NoticePlanTests {
  @Test func `the newest and the number of the unread are ends of indexes`() async throws {
    let db = try await manyNotices()

    let newest = try await QueryPlan(
      of: try Notice.newest(of: Cast.ada.id).sql(pageOf: 20),
      in: db,
      running: true
    )
    #expect(newest.indexes == ["notices_member_id_id_idx"])
    #expect(!newest.isSorting && newest.sequentialScans.isEmpty)
    #expect((1...60).contains(newest.pages))

    let unread = try await QueryPlan(
      of: """
        select (select count(*) from notices where notices.member_id = m.id and read_at is null)
        from members m where id = \(Cast.ada.id)
        """,
      in: db,
      running: true
    )
    #expect(unread.indexes == ["members_pkey", "notices_unread_idx"])
    #expect(unread.sequentialScans.isEmpty)
    // At most one page of the table for each of the 50, while those are not marked as visible to all.
    #expect((1...80).contains(unread.pages))
  }

  @Test func `those whose time is over are the start of an index`() async throws {
    let db = try await manyNotices()
    let limit = TestClock.testStart + 100

    let plan = try await QueryPlan(
      of: Notice.deletion(of: 100, createdBefore: limit),
      in: db,
      running: true
    )

    #expect(plan.indexes == ["notices_created_at_idx", "notices_pkey"])
    #expect(plan.sequentialScans.isEmpty && !plan.isSorting)
    #expect((1...1500).contains(plan.pages))
  }

  /// Two hundred members with five hundred notices each, a tenth of them unread.
  private func manyNotices() async throws -> TestDatabase {
    let db = try await TestDatabase.make(context: "accounts")
    try await db.write(
      """
      insert into members (id, username, display_name, password_hash)
      values (\(Cast.ada.id), 'ada', 'Ada', 'x')
      """
    )
    try await db.write(
      """
      insert into members (id, username, display_name, password_hash)
      select gen_random_uuid(), 'member' || number, 'Somebody', 'x' from generate_series(1, 199) as number
      """
    )
    try await db.write(
      """
      insert into notices (id, member_id, app, kind, created_at, read_at)
      select gen_random_uuid(), members.id, 'gallery', 'easel.ready',
        \(TestClock.testStart) + number * interval '1 min',
        case when number % 10 > 0 then now() end
      from generate_series(1, 500) as number, members
      """
    )
    for table in ["members", "notices"] { try await db.write(SQL(raw: "vacuum analyze \(table)")) }
    return db
  }
}

/// Stores older notices of a member at once.
private func seed(_ db: TestDatabase, member: MemberID, count: Int, at date: Date) async throws {
  try await db.write(
    """
    insert into notices (id, member_id, app, kind, created_at)
    select ('01900000-0000-7000-8000-' || lpad(number::text, 12, '0'))::uuid, \(member), 'gallery',
      'easel.ready', \(date)
    from generate_series(1, \(count)) as number
    """
  )
}
