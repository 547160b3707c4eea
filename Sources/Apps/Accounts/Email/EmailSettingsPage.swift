import ArtelConcurrency
import ArtelModel
import ArtelWeb
import Hummingbird

/// The section of the settings about the member's mail address.
struct EmailSettingsPage: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct EmailModel: Sendable {
    let email: String?
    let isVerified: Bool
    /// The address that waits for its answer.
    let waiting: String?
    let canAsk: Bool
    let hasPassword: Bool
  }

  func addRoutes(to routes: Routes) {
    routes.get("/settings/email", use: show)
    routes.post("/settings/email", use: update)
    routes.post("/settings/email/verifications", use: ask)
  }

  /// `GET /settings/email`: the address, and the form for another one.
  @Sendable func show(_ request: Request, _ context: WebContext) async throws -> Response {
    try await form(FormDraft(EmailForm.self), context)
  }

  /// `POST /settings/email`: 303 back; 403, 422 and 429 show the form again.
  @Sendable func update(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.requireProofWithoutPassword(of: principal)
    return try await request.answer(
      to: EmailForm.self,
      showing: { try await form($0, context, becauseOf: $1) },
      { fields async throws in
        try accounts.limits.allowPassword(of: principal.memberID, from: context.clientNetwork)
        try await accounts.changeEmail(
          principal.memberID,
          fields,
          in: context.language,
          from: SessionOrigin(request, context)
        )
        context.flash("email_asked")
        return .seeOther("/settings/email")
      }
    )
  }

  /// `POST /settings/email/verifications`: 303 back.
  @Sendable func ask(_ request: Request, _ context: WebContext) async throws -> Response {
    let principal = try context.member()
    try await accounts.askAgain(principal.memberID, in: context.language)
    context.flash("email_asked")
    return .seeOther("/settings/email")
  }

  private func form(
    _ draft: FormDraft,
    _ context: WebContext,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    let principal = try context.member()
    let member = try await Member.find(principal.memberID, in: accounts.db)
    let waiting = try await EmailLink.verification(of: member.id, at: accounts.clock.now())
      .first(in: accounts.db)?.address
    let isVerified = member.emailVerifiedAt != nil
    let model = EmailModel(
      email: member.email,
      isVerified: isVerified,
      waiting: waiting.flatMap { $0 == member.email ? nil : $0 },
      canAsk: waiting != nil || (member.email != nil && !isVerified),
      hasPassword: member.passwordHash != nil
    )
    return try await pages.render(
      "accounts/settings_email",
      model,
      section: "settings_email",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }
}
