import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Members: finding one, looking at one, and what administrators do to them.
struct MemberPages: Sendable {
  let admin: Admin

  private static let pageSize = 30

  private struct ListModel: Sendable {
    let query: String?
    let parts: [Choice]
    let people: [Person]
    let isEmpty: Bool
    let nextURL: String?
  }

  private struct ShowModel: Sendable {
    let person: Person
    let sessions: [SessionLine]
    let hasSessions: Bool
    let entries: [LogLine]
    let hasEntries: Bool
    let logURL: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/admin/members", use: list)
    routes.get("/admin/members/{id}", use: show)
    routes.post("/admin/members/{id}/roles", use: setRole)
    routes.post("/admin/members/{id}/suspension", use: suspend)
    routes.post("/admin/members/{id}/suspension/end", use: unsuspend)
    routes.post("/admin/members/{id}/sessions/end", use: endSession)
    routes.post("/admin/members/{id}/sign-out", use: signOut)
    routes.post("/admin/members/{id}/password-reset", use: sendPasswordReset)
    routes.post("/admin/members/{id}/avatar/remove", use: removeAvatar)
  }

  /// `GET /admin/members?q=&part=&after=`: members, the youngest first.
  @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)
    let form = try MemberListForm.read(from: FormSource(query: request.uri.query ?? ""))

    let found = try await admin.accounts.records(
      form.filter,
      after: form.after,
      limit: Self.pageSize + 1
    )
    let people = found.prefix(Self.pageSize).map { Person($0, context) }
    let next = found.count > Self.pageSize ? people.last?.id : nil
    let model = ListModel(
      query: form.filter.text,
      parts: MemberFilter.Part.allCases.map { part in
        Choice(
          value: part.rawValue,
          text: admin.pages.text("admin.members.part.\(part.rawValue)", in: context.language),
          isCurrent: part == form.filter.part
        )
      },
      people: people,
      isEmpty: people.isEmpty,
      nextURL: next.map { after in
        address(
          "/admin/members",
          [("q", form.filter.text), ("part", form.filter.part.rawValue), ("after", after)]
        )
      }
    )

    return try await render("members", model, context)
  }

  /// `GET /admin/members/{id}`: a member with sessions and acts; 404.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try admin.administrator(context)
    let id = try context.id(as: MemberID.self)
    guard let record = try await admin.accounts.record(of: id) else { throw Problem.notFound }

    var filter = LogFilter()
    filter.member = id
    let sessions = try await admin.accounts.sessions(of: id, limit: 50)
    let acts = try await admin.accounts.loggedActs(filter, before: nil, limit: 20)
    let lines = try await admin.logLines(acts, context)
    let model = ShowModel(
      person: Person(record, context),
      sessions: sessions.map { SessionLine($0, of: id) },
      hasSessions: !sessions.isEmpty,
      entries: lines,
      hasEntries: !lines.isEmpty,
      logURL: address("/admin/log", [("member", record.username)])
    )

    return try await render("member", model, context)
  }

  private func render(
    _ template: String,
    _ model: some Sendable,
    _ context: WebContext
  ) async throws -> Response {
    try await admin.pages.render(
      "admin/\(template)",
      model,
      section: "admin_members",
      context: context
    )
  }

  /// `POST /admin/members/{id}/roles`: 303; 404.
  @Sendable func setRole(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)
    let form = try await request.form(RoleForm.self)

    return try await context.answer(page(id), saying: "admin_role_changed") {
      if form.isGiven {
        try await admin.accounts.give(form.role, to: id, by: requester)
      } else {
        try await admin.accounts.take(form.role, from: id, by: requester)
      }
    }
  }

  /// `POST /admin/members/{id}/suspension`: 303; 404.
  @Sendable func suspend(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)
    let form = try await request.form(ReasonForm.self)

    return try await context.answer(page(id), saying: "admin_suspended") {
      try await admin.accounts.suspend(id, because: form.reason, by: requester)
    }
  }

  /// `POST /admin/members/{id}/suspension/end`: 303; 404.
  @Sendable func unsuspend(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)

    return try await context.answer(page(id), saying: "admin_unsuspended") {
      try await admin.accounts.unsuspend(id, by: requester)
    }
  }

  /// `POST /admin/members/{id}/sessions/end`: 303; 404; 422.
  @Sendable func endSession(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)
    let form = try await request.form(SessionForm.self)

    return try await context.answer(page(id), saying: "admin_session_ended") {
      try await admin.accounts.end(form.session, of: id, by: requester)
    }
  }

  /// `POST /admin/members/{id}/sign-out`: 303; 404.
  @Sendable func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)

    return try await context.answer(page(id), saying: "admin_signed_out") {
      try await admin.accounts.signOutEverywhere(id, by: requester)
    }
  }

  /// `POST /admin/members/{id}/password-reset`: 303; 404.
  @Sendable func sendPasswordReset(
    _ request: Request,
    _ context: WebContext
  ) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)

    return try await context.answer(page(id), saying: "admin_reset_sent") {
      try await admin.accounts.sendPasswordReset(to: id, by: requester)
    }
  }

  /// `POST /admin/members/{id}/avatar/remove`: 303; 404.
  @Sendable func removeAvatar(_ request: Request, _ context: WebContext) async throws -> Response {
    let requester = try admin.requester(request, context)
    let id = try context.id(as: MemberID.self)

    return try await context.answer(page(id), saying: "admin_avatar_removed") {
      try await admin.accounts.removeAvatar(of: id, by: requester)
    }
  }

  private func page(_ id: MemberID) -> String { "/admin/members/\(id)" }
}
