import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelTesting
import Testing

@testable import Accounts

@Suite("How entries are found among twenty thousand")
struct LogPlanTests {
  /// Entries of two hundred members, one in a hundred a warning; of the last member only ten.
  private func filled() async throws -> (site: TestAccounts, rare: MemberID) {
    let site = try await TestAccounts.make()
    try await site.db.write(
      """
      insert into system_log_entries (position, done_at, act, level, actor_id, details, salt,
        commitment, digest)
      select number, timestamptz '2026-01-01' + number * interval '1 minute',
        case when number % 50 = 0 then 'session.refused' else 'session.opened' end,
        (case when number % 100 = 0 then 'warning' else 'info' end)::log_level,
        case when number % 2000 = 7
          then '01900000-0000-7000-8000-0000000000ff'::uuid
          else ('01900000-0000-7000-8000-' || lpad((number % 200)::text, 12, '0'))::uuid end,
        '{}', decode(repeat('00', 16), 'hex'), sha256('c'), sha256('d')
      from generate_series(1, 20000) as number
      """
    )
    try await site.db.write("analyze system_log_entries")
    let rare = try #require(MemberID("01900000-0000-7000-8000-0000000000ff"))
    return (site, rare)
  }

  private func plan(
    _ site: TestAccounts,
    _ change: (inout LogFilter) -> Void
  ) async throws -> QueryPlan {
    var filter = LogFilter()
    change(&filter)
    let query = SystemLogEntry.matching(filter).order { $0.position.descending }.limit(51)
    return try await QueryPlan(of: query.sql, in: site.db, running: true)
  }

  @Test func `the newest are the end of the key`() async throws {
    let (site, _) = try await filled()

    let plan = try await plan(site) { _ in }

    #expect(plan.indexes == ["system_log_entries_pkey"] && !plan.isSorting)
    #expect((1...20).contains(plan.pages))
  }

  @Test func `those of one member are found without the others`() async throws {
    let (site, rare) = try await filled()

    let plan = try await plan(site) { $0.member = rare }

    #expect(plan.indexes.contains("system_log_entries_actor_id_position_idx"))
    #expect(plan.sequentialScans.isEmpty)
    #expect((1...60).contains(plan.pages))
  }

  @Test func `warnings are found without the rest`() async throws {
    let (site, _) = try await filled()

    let plan = try await plan(site) { $0.level = .warning }

    #expect(plan.sequentialScans.isEmpty)
    #expect((1...250).contains(plan.pages))
  }
}
