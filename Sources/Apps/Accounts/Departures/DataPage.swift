import ArtelModel
import ArtelWeb
import FoundationEssentials
import Hummingbird

/// The section of the settings about what the installation has of a member: taking it along, and leaving.
struct DataPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  static let path = "/settings/data"

  private struct Model: Sendable {
    let exports: [ExportCard]
    let isMaking: Bool
    let hasPassword: Bool
    let departsAt: Date?
    /// Nil when a departure cannot be taken back.
    let graceDays: Int?
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/data", use: show)
    routes.on("/settings/data/exports", method: .post, limit: Export.limit, use: createExport)
    routes.post("/settings/data/departure", use: leave)
    routes.post("/settings/data/departure/end", use: stay)
  }

  /// `GET /settings/data`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await form(FormDraft(ConfirmationForm.self), context)
  }

  /// `POST /settings/data/exports`: 303 back, also while one is being made.
  @Sendable func createExport(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)

    do {
      let origin = SessionOrigin(request, context)
      _ = try await accounts.requestExport(of: principal.memberID, from: origin)
      context.flash("export_begun")
    } catch ExportError.underWay {
      context.flash("export_under_way")
    }
    return .seeOther(Self.path)
  }

  /// `POST /settings/data/departure`: 303 back, or to the first page when the member has left at
  /// once; 403, 409, 422 and 429 show the form again.
  @Sendable func leave(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireFreshProof(of: principal)
    return try await request.answer(
      to: ConfirmationForm.self,
      showing: { try await form($0, context, becauseOf: $1) },
      { fields async throws in
        try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)
        let member = try await accounts.beginDeparture(
          of: principal.memberID,
          password: fields.password,
          in: context.language,
          from: SessionOrigin(request, context)
        )
        context.flash(member == nil ? "departed" : "departure_begun")
        return .seeOther(member == nil ? "/" : Self.path)
      }
    )
  }

  /// `POST /settings/data/departure/end`: 303 back.
  @Sendable func stay(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()

    let origin = SessionOrigin(request, context)
    try await accounts.endDeparture(of: principal.memberID, from: origin)

    context.flash("departure_ended")
    return .seeOther(Self.path)
  }

  private func form(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let member = try await Member.find(principal.memberID, in: accounts.db)
    let page = try await Export.newest(of: principal.memberID).page(of: 20, in: accounts.db)
    let exports = try await accounts.resources(of: page).items.map(ExportCard.init)
    let days = Int(accounts.departureGrace / .seconds(86_400))
    return try await pages.render(
      "accounts/settings_data",
      Model(
        exports: exports,
        isMaking: exports.contains(where: \.isMaking),
        hasPassword: member.passwordHash != nil,
        departsAt: member.departsAt,
        graceDays: days > 0 ? days : nil
      ),
      section: "settings_data",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}
