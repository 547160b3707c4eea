import ArtelModel
import ArtelWeb
import Hummingbird

/// The section of the settings about the member's password.
struct PasswordSettingsPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct PasswordModel: Sendable {
    let hasPassword: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/password", use: show)
    routes.post("/settings/password", use: update)
  }

  /// `GET /settings/password`: the form.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await form(FormDraft(PasswordForm.self), context)
  }

  /// `POST /settings/password`: 303 back; 403, 422 and 429 show the form again.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    return try await request.answer(
      to: PasswordForm.self,
      showing: { try await form($0, context, becauseOf: $1) },
      { fields async throws in
        try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)
        try await accounts.changePassword(
          principal.memberID,
          fields,
          keeping: principal.sessionID,
          in: context.language,
          from: SessionOrigin(request, context)
        )
        context.flash("password_changed")
        return .seeOther("/settings/password")
      }
    )
  }

  private func form(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let member = try await Member.find(principal.memberID, in: accounts.db)
    return try await pages.render(
      "accounts/settings_password",
      PasswordModel(hasPassword: member.passwordHash != nil),
      section: "settings_password",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}
