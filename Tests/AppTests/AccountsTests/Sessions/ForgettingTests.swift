import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Foundation
import Logging
import Testing

@testable import Accounts

private let day = Duration.seconds(86_400)

@Suite("Forgetting sessions and tokens")
struct ForgettingTests {
  // Fails when spent tokens are deleted at once: 1 token gone and the session open.
  @Test func `a spent token betrays a thief for as long as it would have lived`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    let stolen = try await site.tokens(Cast.ada).refresh.text
    _ = try await site.accounts.refresh(stolen)
    site.clock.advance(by: day * 30)

    let forgotten = try await site.accounts.forgetExpired()

    #expect(forgotten == ForgottenSessions())
    await #expect(throws: SessionError.refreshTokenRefused) {
      try await site.accounts.refresh(stolen)
    }
    #expect(try await Session.query.first(in: site.db)?.revokedReason == .tokenReused)
  }

  @Test func `a session in use keeps its last tokens and loses the old ones`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    var token = try await site.tokens(Cast.ada).refresh.text
    for _ in 0..<10 {
      site.clock.advance(by: day * 10)
      token = try await site.accounts.refresh(token).refresh.text
    }
    site.clock.advance(by: .seconds(180))

    let forgotten = try await site.accounts.forgetExpired()

    // Made on the days 0 to 100, of which those of the days 0 to 70 are over.
    #expect(forgotten == ForgottenSessions(tokens: 8, sessions: 0))
    #expect(try await RefreshToken.query.count(in: site.db) == 3)
    _ = try await site.accounts.refresh(token)
  }

  @Test func `an ended session goes with its tokens when it would have expired`() async throws {
    let site = try await TestAccounts.make()
    let ada = try await site.member(Cast.ada)
    let spent = try await site.tokens(Cast.ada).refresh.text
    _ = try await site.accounts.refresh(spent)
    _ = try? await site.accounts.refresh(spent)
    _ = try await site.accounts.openPageSession(of: ada)
    site.clock.advance(by: day * 30)
    #expect(try await site.accounts.forgetExpired() == ForgottenSessions())
    site.clock.advance(by: .seconds(180))

    let forgotten = try await site.accounts.forgetExpired()

    #expect(forgotten == ForgottenSessions(tokens: 2, sessions: 2))
    #expect(try await Session.query.count(in: site.db) == 0)
    #expect(try await Member.query.count(in: site.db) == 1)
  }

  @Test func `nothing to forget takes two statements`() async throws {
    let site = try await TestAccounts.make()
    try await site.member(Cast.ada)
    _ = try await site.tokens(Cast.ada)

    try await expectStatements(atMost: 2, atLeast: 2) {
      try await site.accounts.forgetExpired()
    }
  }

  @Test func `one round takes ten batches, and sessions wait for their tokens`() async throws {
    let site = try await TestAccounts.make()
    try await seed(site.db, sessions: 50, tokensEach: 5, isExpired: true)
    site.clock.advance(by: day * 400)

    let first = try await expectStatements(atMost: 10, atLeast: 10) {
      try await site.accounts.forgetExpired(batch: 20)
    }
    #expect(first == ForgottenSessions(tokens: 200, sessions: 0))
    // Two full batches and a short one for the tokens, two and a short one for the sessions.
    let second = try await expectStatements(atMost: 6, atLeast: 6) {
      try await site.accounts.forgetExpired(batch: 20)
    }

    #expect(second == ForgottenSessions(tokens: 50, sessions: 50))
  }

  @Test func `nodes that forget at once do not wait for each other`() async throws {
    let site = try await TestAccounts.make()
    try await seed(site.db, sessions: 40, tokensEach: 5, isExpired: true)
    site.clock.advance(by: day * 400)
    let held = try await RefreshToken.order { $0.expiresAt.ascending }.first(in: site.db)
    let token = try #require(held)

    // Fails without `skip locked`: refused by the lock timeout.
    let forgotten = try await site.db.database.transaction { tx in
      _ = try await RefreshToken.where { $0.id == token.id }.forUpdate().first(in: tx)
      return try await site.db.database.transaction { other in
        _ = try await other.write("set local lock_timeout = '2s'")
        return try await other.write(
          RefreshToken.deletion(of: 1000, expiredBefore: site.clock.wallClock.now())
        ).affectedCount
      }
    }

    #expect(forgotten == 199)
  }

  // Fails without either call in the handler of ForgetExpired: seen rows left.
  @Test func `the job of every minute forgets what has expired`() async throws {
    let site = try await TestAccounts.make()
    try await seed(site.db, sessions: 2, tokensEach: 3, isExpired: true)
    try await site.db.write(
      """
      insert into web.idempotent_requests (key_digest, fingerprint, status, body, stored_at)
      values (sha256('key'), sha256('body'), 201, '{}', \(TestClock.testStart - 172_800))
      """
    )
    let jobs = JobRunner(
      db: site.db.database,
      handlers: site.accounts.jobHandlers,
      logger: Logger(label: "test")
    )
    try await site.db.database.transaction { tx async throws in
      _ = try await tx.enqueue(ForgetExpired())
    }

    try await jobs.drain()

    let left = try await site.db.read(
      """
      select 1 from sessions union all select 1 from refresh_tokens
      union all select 1 from web.idempotent_requests
      """
    )
    #expect(left.isEmpty)
  }
}

@Suite("How what is to be forgotten is found among forty thousand rows")
struct ForgettingPlanTests {
  @Test func `tokens are the start of an index`() async throws {
    let db = try await manySessions()

    let plan = try await QueryPlan(
      of: RefreshToken.deletion(of: 100, expiredBefore: TestClock.testStart),
      in: db,
      running: true
    )

    expectShortReading(of: "refresh_tokens", plan)
  }

  @Test func `sessions are the start of an index`() async throws {
    let db = try await manySessions()
    try await db.write("delete from refresh_tokens where expires_at <= \(TestClock.testStart)")

    let plan = try await QueryPlan(
      of: Session.deletion(of: 100, expiredBefore: TestClock.testStart),
      in: db,
      running: true
    )

    expectShortReading(of: "sessions", plan)
  }

  // Fails without the indexes of migration 7: both tables read from end to end and sorted, cost 1,655.
  private func expectShortReading(
    of table: String,
    _ plan: QueryPlan,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let indexes: Set = ["\(table)_expires_at_idx", "\(table)_pkey"]
    #expect(plan.indexes == indexes, sourceLocation: sourceLocation)
    #expect(plan.sequentialScans.isEmpty, sourceLocation: sourceLocation)
    #expect(!plan.isSorting, sourceLocation: sourceLocation)
    #expect((1...200).contains(plan.totalCost), sourceLocation: sourceLocation)
    #expect((100...1500).contains(plan.pages), sourceLocation: sourceLocation)
    #expect(plan.nodes.allSatisfy { $0.actualRows ?? 0 <= 100 }, sourceLocation: sourceLocation)
  }

  /// Ten thousand sessions with three tokens each; a tenth of them is over.
  private func manySessions() async throws -> TestDatabase {
    let db = try await TestDatabase.make(context: "accounts")
    try await seed(db, sessions: 1000, tokensEach: 3, isExpired: true)
    try await seed(db, sessions: 9000, tokensEach: 3, isExpired: false)
    for table in ["sessions", "refresh_tokens"] {
      try await db.write(SQL(raw: "vacuum analyze \(table)"))
    }
    return db
  }
}

/// Stores API sessions of one member whose tokens but the last were spent.
private func seed(
  _ db: TestDatabase,
  sessions: Int,
  tokensEach tokens: Int,
  isExpired: Bool
) async throws {
  let end = TestClock.testStart + (isExpired ? -86_400 : 20 * 86_400)
  let member = "\(UUID().uuidString.prefix(8))"
  try await db.write(
    """
    with member as (
      insert into members (id, username, display_name, password_hash)
      values (gen_random_uuid(), \("m" + member), 'Somebody', 'x') returning id
    ), opened as (
      insert into sessions (id, member_id, kind, created_at, expires_at)
      select gen_random_uuid(), member.id, 'api', \(end) - interval '30 days',
             \(end) + number * interval '1 ms'
      from member, generate_series(1, \(sessions)) as number
      returning id, created_at, expires_at
    )
    insert into refresh_tokens (id, session_id, digest, issued_at, expires_at, used_at)
    select gen_random_uuid(), id, sha256(convert_to(id::text || number, 'UTF8')), created_at,
           expires_at - number * interval '1 us',
           case when number < \(tokens) then created_at end
    from opened, generate_series(1, \(tokens)) as number
    """
  )
}
