import AccountsContract
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// Where a member is signed in, and the buttons that end it: `/settings/sessions`.
struct SessionsPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/settings/sessions"

  private struct Model: Sendable {
    let sessions: [SessionCard]
    let hasOthers: Bool
    let nextURL: String?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/sessions", use: show)
    routes.post("/settings/sessions/end", use: delete)
    routes.post("/settings/sessions/end-others", use: deleteOthers)
  }

  /// `GET /settings/sessions`: the open sessions, the youngest first.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let wish = try PageRequest(request)
    let page = try await Session.open(of: principal.memberID, at: accounts.clock.now())
      .page(of: wish.limit, after: wish.after, in: accounts.db)
    let cards = page.items.map { SessionCard($0, current: principal.sessionID, pages, context) }
    let model = Model(
      sessions: cards,
      hasOthers: wish.after != nil || page.next != nil || cards.contains { !$0.isCurrent },
      nextURL: page.next.map { "\(Self.path)?after=\($0)" }
    )
    return try await pages.render(
      "accounts/sessions",
      model,
      section: "settings_sessions",
      context: context
    )
  }

  /// `POST /settings/sessions/end`: ends one: 303 back; 404 for a session that is not the member's.
  @Sendable func delete(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    let form = try await request.form(SessionForm.self)

    let origin = SessionOrigin(request, context)
    try await accounts.revoke(form.session, of: principal.memberID, from: origin)

    context.flash("session_ended")
    return .seeOther(Self.path)
  }

  /// `POST /settings/sessions/end-others`: ends all but this one: 303 back.
  @Sendable func deleteOthers(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let origin = SessionOrigin(request, context)
    try await accounts.revokeAll(of: principal.memberID, but: principal.sessionID, from: origin)

    context.flash("sessions_ended")
    return .seeOther(Self.path)
  }
}

/// Which session is to end.
private struct SessionForm: Form {
  let session: SessionID

  init(_ fields: inout FormReader) {
    session = fields.id("session", as: SessionID.self)
  }
}

/// A session as people recognize it.
private struct SessionCard: Sendable {
  let id: String
  let name: String
  let address: String?
  let isProgram: Bool
  let isCurrent: Bool
  let createdAt: Date
  let lastUsedAt: Date

  init(_ session: Session, current: SessionID, _ pages: Pages, _ context: WebContext) {
    let device = Device(userAgent: session.userAgent)
    let names = [device.browser, device.system].compactMap { $0 }
    id = session.id.description
    name =
      names.isEmpty
      ? pages.text("sessions.unknown_device", in: context.language) : names.joined(separator: " · ")
    address = session.address
    isProgram = session.kind == .api
    isCurrent = session.id == current
    createdAt = session.createdAt
    lastUsedAt = session.lastUsedAt
  }
}
