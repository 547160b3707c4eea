import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelWeb
import Hummingbird

/// The pages for whoever forgot the password: ask for a link, and use it.
struct PasswordResetPages: Sendable {
  let accounts: Accounts
  let pages: Pages

  private struct AskModel: Sendable {
    let isSent: Bool
  }

  private struct ResetModel: Sendable {
    let token: String
  }

  func addRoutes(to routes: Routes) {
    routes.get("/forgot-password", use: showQuestion)
    routes.post("/forgot-password", use: ask)
    routes.get("/reset-password", use: showReset)
    routes.post("/reset-password", use: reset)
  }

  /// `GET /forgot-password`: the form; `?sent` says that a mail is on its way.
  @Sendable func showQuestion(_ request: Request, _ context: WebContext) async throws -> Response {
    let isSent = request.uri.queryParameters["sent"] != nil
    return try await question(FormDraft(ResetRequestForm.self), context, isSent: isSent)
  }

  /// `POST /forgot-password`: 303, whoever has the address; 422 and 429 show the form again.
  @Sendable func ask(_ request: Request, _ context: WebContext) async throws -> Response {
    try await request.answer(
      to: ResetRequestForm.self,
      showing: { try await question($0, context, becauseOf: $1) },
      { form async throws in
        try await accounts.askForReset(form, in: context.language, from: context.clientNetwork)
        return .seeOther("/forgot-password?sent=1")
      }
    )
  }

  /// `GET /reset-password?token=…`: the form; 404 when the link does not work, or no longer.
  @Sendable func showReset(_ request: Request, _ context: WebContext) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    let token = try request.token(.passwordReset)
    let now = accounts.clock.now()
    guard try await EmailLink.open(token, .reset, at: now).exists(in: accounts.db) else {
      throw EmailLinkError.closed
    }
    return try await form(FormDraft(ResetForm.self), token, context)
  }

  /// `POST /reset-password`: 303 to the sign-in page; 422 shows the form again; 404 as above; 429.
  @Sendable func reset(_ request: Request, _ context: WebContext) async throws -> Response {
    try accounts.limits.messages.allowTrying(from: context.clientNetwork)
    switch try await request.submission(of: ResetForm.self) {
    case .refused(let draft): return try await form(draft, token(draft.values["token"]), context)
    case .accepted(let fields, let draft):
      let token = try token(fields.token)
      do {
        try await accounts.resetPassword(
          token,
          to: fields.password,
          in: context.language,
          from: SessionOrigin(request, context)
        )
      } catch let problem as Problem where problem.kind == .validation {
        return try await form(draft.refused(by: problem), token, context)
      }
      context.flash("password_reset")
      return .seeOther("/sign-in")
    }
  }

  private func token(_ text: String?) throws -> OpaqueToken {
    guard let text, let token = OpaqueToken(text, .passwordReset) else {
      throw EmailLinkError.closed
    }
    return token
  }

  private func question(
    _ draft: FormDraft,
    _ context: WebContext,
    isSent: Bool = false,
    becauseOf refusal: Problem? = nil
  ) async throws -> Response {
    try await pages.render(
      "accounts/forgot_password",
      AskModel(isSent: isSent),
      section: "forgot_password",
      form: draft.refused(becauseOf: refusal),
      context: context
    )
    .refused(becauseOf: refusal)
  }

  private func form(_ draft: FormDraft, _ token: OpaqueToken, _ context: WebContext) async throws
    -> Response
  {
    try await pages.render(
      "accounts/reset_password",
      ResetModel(token: token.text),
      section: "reset_password",
      form: draft,
      context: context
    )
    .keepingAddressSecret()
  }
}
