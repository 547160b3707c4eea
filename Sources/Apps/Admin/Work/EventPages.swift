import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Events: how far behind each consumer is, and what was put aside.
struct EventPages: Sendable {
  let admin: Admin

  private struct Model: Sendable {
    let consumers: [EventLag]
    let hasConsumers: Bool
    let deferred: [Deferred]
    let isEmpty: Bool
  }

  private struct Deferred: Sendable {
    let id: String
    let consumer: String
    let name: String
    let aggregate: String
    let stateText: String
    let isParked: Bool
    let attempts: Int
    let reason: String?
    let canRetry: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/events", use: show)
    routes.post("/admin/events/{id}/retry", use: retry)
    routes.post("/admin/events/{id}/skip", use: skip)
  }

  /// `GET /admin/events`: lag of each consumer, and events that were put aside.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)

    let lags = try await admin.parts.events.lags()
    let deferred = try await admin.parts.events.deferredEvents(limit: 100)
    let model = Model(
      consumers: lags,
      hasConsumers: !lags.isEmpty,
      deferred: deferred.map { event in
        Deferred(
          id: event.id.description,
          consumer: event.consumer,
          name: event.name,
          aggregate: event.aggregate,
          stateText: admin.pages.text("admin.events.state.\(event.state)", in: context.language),
          isParked: event.state == "parked",
          attempts: event.attempts,
          reason: event.reason,
          canRetry: event.state != "queued"
        )
      },
      isEmpty: deferred.isEmpty
    )

    return try await admin.pages.render(
      "admin/events",
      model,
      section: "admin_events",
      context: context
    )
  }

  /// `POST /admin/events/{id}/retry`: 303, whether it was put aside still or not.
  @Sendable func retry(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: EventID.self)

    return try await context.answer("/admin/events", saying: "admin_event_retried") {
      let details = ["event": id.description]
      try await admin.recording(.eventRetried, by: requester, details: details) {
        try await admin.parts.events.retry(id, at: admin.clock.now()) > 0
      }
    }
  }

  /// `POST /admin/events/{id}/skip` for one consumer: 303.
  @Sendable func skip(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: EventID.self)
    let form = try await request.form(SkipForm.self)

    return try await context.answer("/admin/events", saying: "admin_event_skipped") {
      let details = ["event": id.description, "consumer": form.consumer]
      try await admin.recording(.eventSkipped, by: requester, details: details) {
        try await admin.parts.events.skip(id, for: form.consumer, at: admin.clock.now()) > 0
      }
    }
  }
}

/// Who is to do without the event.
struct SkipForm: Form {
  let consumer: String

  init(_ fields: inout FormReader) {
    consumer = fields.string("consumer", .length(1...100))
  }
}
