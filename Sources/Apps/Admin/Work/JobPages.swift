import AccountsContract
import ArtelIdentifiers
import ArtelJobs
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Jobs of all contexts: what waits, runs and is dead; trying again, calling off.
struct JobPages: Sendable {
  let admin: Admin

  private struct Model: Sendable {
    let kinds: [Kind]
    let schedules: [Schedule]
    let states: [Choice]
    let jobs: [Job]
    let isEmpty: Bool
  }

  private struct Kind: Sendable {
    let context: String
    let kind: String
    let queued: Int
    let running: Int
    let dead: Int
    let hasDead: Bool
  }

  private struct Schedule: Sendable {
    let context: String
    let name: String
    let expression: String
    let nextAt: Date
  }

  private struct Job: Sendable {
    let id: String
    let context: String
    let kind: String
    let state: String
    let stateText: String
    let isDead: Bool
    let attempts: Int
    let attemptsLimit: Int
    let progress: String?
    let reason: String?
    let dueAt: Date
    let node: String?
    let canRetry: Bool
    let canCancel: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/jobs", use: show)
    routes.post("/admin/jobs/{id}/retry", use: retry)
    routes.post("/admin/jobs/{id}/cancel", use: cancel)
  }

  /// `GET /admin/jobs?state=`: counts by kind, what comes back, and the latest jobs.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)
    let state = try JobListForm.read(from: FormSource(query: request.uri.query ?? "")).state

    var kinds: [Kind] = []
    var schedules: [Schedule] = []
    var jobs: [Job] = []
    for (name, queue) in admin.parts.queues {
      kinds += try await queue.statistics().map { kind(name, $0) }
      schedules += try await queue.schedules().map {
        Schedule(context: name, name: $0.name, expression: $0.expression, nextAt: $0.nextAt)
      }
      jobs += try await queue.entries(in: state, limit: 50).map { job(name, $0, context) }
    }
    let model = Model(
      kinds: kinds,
      schedules: schedules,
      states: states(state, context),
      jobs: jobs,
      isEmpty: jobs.isEmpty
    )

    return try await admin.pages.render(
      "admin/jobs",
      model,
      section: "admin_jobs",
      context: context
    )
  }

  private func states(_ current: JobState?, _ context: WebContext) -> [Choice] {
    let all = Choice(
      value: "",
      text: admin.pages.text("admin.jobs.all", in: context.language),
      isCurrent: current == nil
    )
    return [all]
      + JobState.allCases.map { state in
        Choice(
          value: state.rawValue,
          text: admin.pages.text("admin.jobs.state.\(state.rawValue)", in: context.language),
          isCurrent: state == current
        )
      }
  }

  private func kind(_ context: String, _ statistics: JobStatistics) -> Kind {
    Kind(
      context: context,
      kind: statistics.kind,
      queued: statistics.queued,
      running: statistics.running,
      dead: statistics.dead,
      hasDead: statistics.dead > 0
    )
  }

  private func job(_ name: String, _ entry: JobEntry, _ context: WebContext) -> Job {
    Job(
      id: entry.id.description,
      context: name,
      kind: entry.kind,
      state: entry.state.rawValue,
      stateText: admin.pages.text(
        "admin.jobs.state.\(entry.state.rawValue)",
        in: context.language
      ),
      isDead: entry.state == .dead,
      attempts: entry.attempts,
      attemptsLimit: entry.attemptsLimit,
      progress: entry.total.map { "\(entry.done) / \($0)" },
      reason: entry.reason,
      dueAt: entry.dueAt,
      node: entry.node,
      canRetry: [.dead, .cancelled, .queued].contains(entry.state),
      canCancel: [.queued, .running, .dead].contains(entry.state)
    )
  }

  /// `POST /admin/jobs/{id}/retry`: 303; 404.
  @Sendable func retry(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let (name, queue, entry) = try await job(context)

    return try await context.answer("/admin/jobs", saying: "admin_job_retried") {
      try await admin.recording(.jobRetried, by: requester, details: details(name, entry)) {
        try await queue.retry(entry.id)
      }
    }
  }

  /// `POST /admin/jobs/{id}/cancel`: 303; 404.
  @Sendable func cancel(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let (name, queue, entry) = try await job(context)

    return try await context.answer("/admin/jobs", saying: "admin_job_cancelled") {
      try await admin.recording(.jobCancelled, by: requester, details: details(name, entry)) {
        try await queue.cancel(entry.id) != nil
      }
    }
  }

  private func details(_ context: String, _ entry: JobEntry) -> [String: String] {
    ["context": context, "kind": entry.kind, "job": entry.id.description]
  }

  private func job(_ context: WebContext) async throws -> (String, JobQueue, JobEntry) {
    let id = try context.id(as: JobID.self)
    for (name, queue) in admin.parts.queues {
      if let entry = try await queue.entry(id) { return (name, queue, entry) }
    }
    throw Problem.notFound
  }
}

/// Which jobs a page shows.
struct JobListForm: Form {
  let state: JobState?

  init(_ fields: inout FormReader) {
    state = fields.optionalChoice("state")
  }
}
