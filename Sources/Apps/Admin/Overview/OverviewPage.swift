import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelJobs
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The first page of the panel: what works, what waits, and how many there are.
struct OverviewPage: Sendable {
  let admin: Admin

  private struct Model: Sendable {
    let checks: [Check]
    let counts: MemberCounts
    let jobs: JobTotals
    let events: EventTotals
    let entries: [LogLine]
    let hasEntries: Bool
    let lacksFactor: Bool
  }

  private struct Check: Sendable {
    let name: String
    let isOk: Bool
  }

  private struct JobTotals: Sendable {
    var queued = 0
    var running = 0
    var dead = 0
  }

  private struct EventTotals: Sendable {
    var behind = 0
    var parked = 0
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin", use: show)
  }

  /// `GET /admin`: health, counts, and what asked for attention within a week.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try admin.administrator(context)

    var filter = LogFilter()
    filter.level = .warning
    filter.since = admin.clock.now() - 7 * 86_400
    async let checks = checks()
    async let counts = admin.accounts.memberCounts()
    async let jobs = jobs()
    async let events = events()
    let own = try await admin.accounts.record(of: principal.memberID)
    let acts = try await admin.accounts.loggedActs(filter, before: nil, limit: 8)
    let lines = try await admin.logLines(acts, context)
    let model = Model(
      checks: await checks,
      counts: try await counts,
      jobs: try await jobs,
      events: try await events,
      entries: lines,
      hasEntries: !lines.isEmpty,
      lacksFactor: own?.hasSecondFactor == false
    )

    return try await admin.pages.render(
      "admin/overview",
      model,
      section: "admin_overview",
      context: context
    )
  }

  private func checks() async -> [Check] {
    await withTaskGroup(of: (Int, Bool).self) { group in
      for (index, check) in admin.parts.health.enumerated() {
        group.addTask { (index, await check.passes()) }
      }
      var passed = [Bool](repeating: false, count: admin.parts.health.count)
      for await (index, isOk) in group { passed[index] = isOk }
      return zip(admin.parts.health, passed).map { Check(name: $0.name, isOk: $1) }
    }
  }

  private func jobs() async throws -> JobTotals {
    var totals = JobTotals()
    for (_, queue) in admin.parts.queues {
      for kind in try await queue.statistics() {
        totals.queued += kind.queued
        totals.running += kind.running
        totals.dead += kind.dead
      }
    }
    return totals
  }

  private func events() async throws -> EventTotals {
    var totals = EventTotals()
    for lag in try await admin.parts.events.lags() {
      totals.behind += lag.events
      totals.parked += lag.parked
    }
    return totals
  }
}
